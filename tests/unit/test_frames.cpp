#include "src/judge/test_frames.h"

#include <catch2/catch.hpp>

#include "src/judge/fingerprint.h"

using namespace lifeguard;

namespace {

report::Frame cpp(const std::string& function, bool own = true) {
  report::Frame frame;
  frame.function = function;
  frame.module = "/home/me/tests";
  frame.own = own;
  return frame;
}

report::Frame py(const std::string& module, const std::string& function) {
  report::Frame frame;
  frame.function = function;
  frame.module = module;
  frame.language = "python";
  frame.own = module.starts_with("test_") || module == "conftest" || module == "app";
  return frame;
}

size_t below(const report::Stack& stack) { return judge::frames_below_test(stack); }
std::string digits(const report::Stack& stack) { return judge::fingerprint("file", stack).digits; }

const report::Frame load = cpp("load(char const*)"), main_ = cpp("main");
const report::Frame invoke = cpp("Catch::TestInvokerAsFunction::invoke() const", false);
const report::Frame run =
    cpp("void testing::internal::HandleExceptionsInMethodIfSupported<testing::Test, void>(testing::Test*, void "
        "(testing::Test::*)(), char const*)");
const report::Frame load_py = py("app", "load"), unit = py("unittest.case", "TestCase._callTestMethod"),
                    pytest = py("_pytest.python", "pytest_pyfunc_call"), script = py("test_a", "<module>");

}  // namespace

TEST_CASE("The tests of Catch2 and GoogleTest end what a finding is named by") {
  for (const char* test :
       {"C_A_T_C_H_T_E_S_T_1", "C_A_T_C_H_T_E_S_T_1()", "____C_A_T_C_H____T_E_S_T____0()", "CATCH2_INTERNAL_TEST_0()",
        "(anonymous namespace)::C_A_T_C_H_T_E_S_T_5::test", "C_A_T_C_H_T_E_M_P_L_A_T_E_T_E_S_T_F_U_N_C_7<char>",
        "void (anonymous namespace)::CATCH2_INTERNAL_TEMPLATE_TEST_4<int>()",
        "C_A_T_C_H_T_E_S_T_13()::{lambda()#1}::operator()() const", "C_A_T_C_H_T_E_S_T_13::(lambda)::operator()",
        "A_b_Test::TestBody()", "my::A_b_Test<int>::TestBody()", "my::gtest_suite_Typed_::y<char>::TestBody()",
        "A_b_Test::TestBody()::{lambda()#1}::operator()() const", "A_b_Test::TestBody()::Local::reads()"}) {
    CAPTURE(test);
    CHECK(below({load, cpp(test), main_}) == 1);
    CHECK(below({load, cpp("app::start"), cpp(test), invoke, main_}) == 2);
    CHECK(judge::test_of({load, cpp(test), main_}) == test);
    // The test itself leaks.
    CHECK(below({cpp(test), main_}) == 2);
    CHECK(below({cpp("operator new", false), cpp(test), main_}) == 3);
  }
  CHECK(digits({load, cpp("A_b_Test::TestBody()"), run, main_}) == digits({load, cpp("A_c_Test::TestBody()"), main_}));
  CHECK(digits({load, cpp("A_b_Test::TestBody()")}) == digits({load, cpp("CATCH2_INTERNAL_TEST_0()")}));
}

TEST_CASE("What is written within a test is the test") {
  const auto lambda = cpp("TestBody::(lambda)::operator()"), test = cpp("A_b_Test::TestBody()");
  CHECK(below({load, lambda, cpp("app::with_retries"), test, run}) == 1);
  CHECK(judge::test_of({load, lambda, test, run}) == "A_b_Test::TestBody()");
  CHECK(below({load, py("test_a", "T.test_l.<locals>.<lambda>"), load_py, py("test_a", "T.test_l"), unit}) == 1);
}

TEST_CASE("A compiler that makes a jump of a test's last call leaves the framework next to it") {
  CHECK(below({load, run, cpp("testing::Test::Run()"), main_}) == 1);
  CHECK(below({load, invoke, main_}) == 1);
  CHECK(below({load, cpp("Mine::TestBody()"), run, main_}) == 1);  // registered by hand
}

TEST_CASE("No function is a test for its name alone but those that macros make") {
  for (const char* name : {"test_connection()", "TestBody()", "Mine::TestBody()", "my::Test::Run()", "run<A_b_Test>()",
                           "run<C_A_T_C_H_T_E_S_T_1()::{lambda()#1}>(C_A_T_C_H_T_E_S_T_1()::{lambda()#1})",
                           "Catch::listTests(Catch::Config const&)"}) {
    CAPTURE(name);
    CHECK(below({load, cpp(name), main_}) == 3);
    CHECK(judge::test_of({load, cpp(name), main_}).empty());
  }
  CHECK(below({load_py, py("test_a", "test_connection"), script}) == 3);
  CHECK(below({load_py, py("test_a", "test_port"), py("test_a", "T.setUp"), unit, script}) == 5);
  CHECK(below({load_py, py("test_a", "T.check"), unit, script}) == 4);
}

TEST_CASE("Python's tests are those that unittest or pytest calls") {
  for (const report::Frame& caller : {unit, pytest, py("pluggy._callers", "_multicall")}) {
    CHECK(below({load_py, py("test_a", "T.test_b"), caller, script}) == 1);
    CHECK(below({load_py, py("test_a", "test_b"), caller, script}) == 1);
    CHECK(below({py("test_a", "test_b"), caller, script}) == 3);
    CHECK(judge::test_of({load_py, py("test_a", "T.test_b"), caller, script}) == "test_a.T.test_b");
  }
  // By way of libraries: a patch, an event loop; and whoever called the framework plays no part.
  CHECK(below({load_py, py("test_a", "T.test_b"), py("asyncio.events", "Handle._run"), unit, script}) == 1);
  CHECK(below({load_py, py("test_a", "T.test_b"), unit, py("conftest", "pytest_runtest_protocol"), pytest}) == 1);
  // A test's helper may be called like a test.
  CHECK(below({load_py, py("test_a", "test_port"), py("test_a", "T.test_b"), unit}) == 2);
}
