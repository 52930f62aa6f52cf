#include "src/judge/test_frames.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "src/judge/fingerprint.h"
#include "src/symbols/python.h"

namespace lifeguard::judge {
namespace {

using report::Frame;
using report::Stack;

enum class Role {
  none,
  test,    // the function of a test, or one written within it
  within,  // written within a function that is a test if a framework called it
  runner,  // the framework's own function that calls tests: next to it where a compiler made a jump of a test's last
           // call
};

std::vector<std::string_view> scopes(std::string_view name) {
  std::vector<std::string_view> parts;
  for (size_t end; (end = name.find("::")) != std::string_view::npos; name.remove_prefix(end + 2))
    parts.push_back(name.substr(0, end));
  parts.push_back(name);
  return parts;
}

bool any_begins(std::string_view text, std::initializer_list<std::string_view> beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(), [&](std::string_view one) { return text.starts_with(one); });
}

// Of a function of C++, by its name alone: those of tests are made by macros, and nobody writes the like by hand.
Role role(const std::string& function) {
  const auto said = [&](const char* part) { return function.find(part) != std::string::npos; };
  if (!said("Catch::") && !said("C_A_T_C_H") && !said("CATCH2_") && !said("TestBody") && !said("testing::"))
    return Role::none;
  const std::string name = stable_name(function);
  if (name == "Catch::RunContext::invokeActiveTestCase" || name == "testing::Test::Run" ||
      any_begins(name,
                 {"Catch::TestCase::invoke", "Catch::TestCaseHandle::invoke", "Catch::TestInvoker",
                  "Catch::(anonymous namespace)::TestInvoker", "testing::internal::HandleExceptionsInMethodIfSupported",
                  "testing::internal::HandleSehExceptionsInMethodIfSupported"}))
    return Role::runner;
  const std::vector<std::string_view> parts = scopes(name);
  bool typed = false;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (any_begins(parts[i], {"C_A_T_C_H_T_E_S_T_", "C_A_T_C_H_T_E_M_P_L_A_T_E_T_E_S_T_", "____C_A_T_C_H____T_E",
                              "CATCH2_INTERNAL_TEST_", "CATCH2_INTERNAL_TEMPLATE_TEST_"}))
      return Role::test;
    typed = typed || parts[i].starts_with("gtest_suite_");
    if (parts[i] == "TestBody") return typed || (i && parts[i - 1].ends_with("_Test")) ? Role::test : Role::within;
  }
  return Role::none;
}

bool called_test(std::string_view qualified) {
  const std::string_view name = qualified.substr(qualified.rfind('.') + 1);  // all of it where there is no dot
  return name.starts_with("test") || name == "runTest";
}

bool python_framework(const Frame& frame) {
  if (!symbols::python(frame) || frame.own) return false;
  const std::string_view package = std::string_view(frame.module).substr(0, frame.module.find('.'));
  return package == "unittest" || package == "_pytest" || package == "pluggy";
}

// The outermost own function that is called like a test, where none but libraries' code (a patch, an event loop) stands
// between it and the framework.
std::optional<size_t> python_test(const Stack& stack) {
  for (size_t i = stack.size(); i-- > 0;) {
    if (!stack[i].own || !symbols::python(stack[i]) || !called_test(stack[i].function)) continue;
    for (size_t caller = i + 1; caller < stack.size() && !stack[caller].own; ++caller)
      if (python_framework(stack[caller])) return i;
  }
  return {};
}

struct Bounds {
  size_t inside;               // frames inside of the test, and of all that is written within it
  std::optional<size_t> test;  // the test's function
};

Bounds bounds(const Stack& stack) {
  if (const auto test = python_test(stack)) {
    const std::string within = stack[*test].function + '.';
    size_t inside = *test;
    for (size_t i = 0; i < *test && inside == *test; ++i)
      if (stack[i].module == stack[*test].module && stack[i].function.starts_with(within)) inside = i;
    return {inside, test};
  }
  Bounds found{stack.size(), {}};
  for (size_t i = stack.size(); i-- > 0;) {
    const Role part = symbols::python(stack[i]) ? Role::none : role(stack[i].function);
    const bool framework = found.inside < stack.size();
    if (part == Role::test || (part == Role::within && framework)) {
      if (!found.test) found.test = i;
      found.inside = i;
    } else if (part == Role::runner) {
      found = {i, {}};
    }
  }
  return found;
}

bool own_code(const Stack& stack, size_t count) {
  return std::any_of(stack.begin(), stack.begin() + static_cast<std::ptrdiff_t>(count),
                     [](const Frame& frame) { return frame.own; });
}

}  // namespace

size_t frames_below_test(const Stack& stack) {
  const size_t inside = bounds(stack).inside;
  return own_code(stack, inside) ? inside : stack.size();
}

std::string test_of(const Stack& stack) {
  const Bounds found = bounds(stack);
  if (!found.test) return {};
  const Frame& frame = stack[*found.test];
  return symbols::python(frame) ? frame.module + '.' + frame.function : frame.function;
}

}  // namespace lifeguard::judge
