#include "src/judge/judge.h"

#include <catch2/catch.hpp>

#include "src/judge/fingerprint.h"
#include "src/judge/own_code.h"

using namespace lifeguard;
using ledger::Kind;
using ledger::State;
using report::End;
using report::Severity;

namespace {

// Module 0 is the program's, 1 libc, 2 another library; offset N of a module is function "fN", on line N.
class NamedByOffset : public symbols::Source {
 public:
  report::Stack resolve(const report::Module& module, uint64_t offset, bool exact) override {
    report::Stack frames = symbols::NoSymbols().resolve(module, offset, exact);
    frames[0].function = 'f' + std::to_string(offset);
    frames[0].file = "/src" + module.path + ".c";
    frames[0].line = static_cast<int>(offset % 100);
    return frames;
  }
};

uint64_t at(uint32_t module, uint64_t offset) { return ledger::make_frame(module, offset, false); }

report::Process process(int pid = 1) {
  report::Process one;
  one.pid = pid;
  one.exe = "/home/me/server";
  one.run_exe = one.exe;
  one.end.how = End::How::exit;
  one.modules = {{"/home/me/server", "aa"}, {"/lib/x86_64-linux-gnu/libc.so.6", "bb"}, {"/usr/lib/libother.so", "cc"}};
  return one;
}

void hold(report::Process& process, int number, uint32_t site, State state = State::live, Kind kind = Kind::file) {
  report::Resource resource;
  resource.number = number;
  resource.kind = kind;
  resource.state = state;
  resource.site = site;
  process.resources.push_back(resource);
}

report::Report judged(std::vector<report::Process> processes, judge::Settings settings = {}) {
  report::Report report;
  report.run.processes = std::move(processes);
  NamedByOffset symbols;
  judge::judge(settings, symbols, &report);
  return report;
}

report::Frame named(const std::string& function, bool own = true) {
  report::Frame frame;
  frame.function = function;
  frame.own = own;
  frame.module = "/m";
  return frame;
}

}  // namespace

TEST_CASE("What is live at an end by exit is an error of its site") {
  report::Process one = process();
  one.sites[1].frames = {at(1, 10), at(0, 20), at(0, 30), at(1, 40)};
  hold(one, 3, 1);
  hold(one, 4, 1);
  const report::Report report = judged({one});
  REQUIRE(report.findings.size() == 1);
  const report::Finding& finding = report.findings[0];
  CHECK(finding.name == "open-at-end");
  CHECK(finding.severity == Severity::error);
  CHECK(finding.count == 2);
  CHECK(finding.processes == std::vector<std::string>{"1.1"});
  REQUIRE(finding.site.size() == 2);  // libc's frames at both ends say nothing
  CHECK(finding.site[0].function == "f20");
  CHECK(finding.resources[0].state == "live");
  CHECK(report.totals().error == 1);
}

TEST_CASE("Without own code in the stack a finding is a note") {
  report::Process one = process();
  one.sites[1].frames = {at(2, 10)};
  hold(one, 3, 1);
  hold(one, 4, 0);
  for (const report::Finding& finding : judged({one}).findings) CHECK(finding.severity == Severity::note);
}

TEST_CASE("What a killed process held is a warning that says so") {
  for (End::How how : {End::How::vanished, End::How::signal}) {
    report::Process one = process();
    one.end.how = how;
    one.sites[1].frames = {at(0, 10)};
    hold(one, 3, 1);
    const report::Report report = judged({one});
    REQUIRE(report.findings.size() == 1);
    CHECK(report.findings[0].severity == Severity::warning);
    CHECK(report.findings[0].resources[0].state == "live when killed");
  }
}

TEST_CASE("What a running process holds is a note, and what went on into another program is nothing") {
  report::Process one = process();
  one.sites[1].frames = {at(0, 10)};
  hold(one, 3, 1);
  one.end.how = End::How::running;
  CHECK(judged({one}).findings.at(0).severity == Severity::note);
  one.end.how = End::How::exec;
  CHECK(judged({one}).findings.empty());
}

TEST_CASE("Standard streams are left alone whoever opened them") {
  report::Process one = process();
  one.sites[1].frames = {at(0, 10)};
  for (int number : {0, 1, 2}) hold(one, number, 1);
  CHECK(judged({one}).findings.empty());
}

TEST_CASE("A double close has three stacks and is no less of an error when the process was killed") {
  report::Process one = process();
  one.end.how = End::How::vanished;
  for (uint32_t site : {1u, 2u, 3u}) one.sites[site].frames = {at(0, site * 10)};
  report::DoubleClose twice;
  twice.what.number = 9;
  twice.what.kind = Kind::file;
  twice.what.site = 1;
  twice.closed_first = 2;
  twice.closed_again = 3;
  one.double_closes.push_back(twice);
  const report::Report report = judged({one});
  REQUIRE(report.findings.size() == 1);
  const report::Finding& finding = report.findings[0];
  CHECK(finding.name == "double-close");
  CHECK(finding.severity == Severity::error);
  CHECK(finding.site.at(0).function == "f10");
  CHECK(finding.other_sites.at("closed_first").at(0).function == "f20");
  CHECK(finding.other_sites.at("closed").at(0).function == "f30");
}

TEST_CASE("The same stack in several processes is one finding with the largest count in one") {
  report::Process one = process(1), two = process(2);
  one.sites[1].frames = two.sites[7].frames = {at(0, 10)};
  hold(one, 3, 1);
  hold(two, 3, 7);
  hold(two, 4, 7);
  const report::Report report = judged({one, two});
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].count == 3);
  CHECK(report.findings[0].max_per_process == 2);
  CHECK(report.findings[0].processes == std::vector<std::string>{"1.1", "2.1"});
}

TEST_CASE("Calls on one line are one finding, calls on two lines are two with one fingerprint") {
  report::Process one = process();
  one.sites[1].frames = {at(0, 7), at(0, 110)};
  one.sites[2].frames = {at(0, 7), at(0, 110)};
  hold(one, 3, 1);
  hold(one, 4, 2);
  CHECK(judged({one}).findings.size() == 1);
  one.sites[2].frames = {at(0, 8), at(0, 110)};
  CHECK(judged({one}).findings.size() == 2);
}

TEST_CASE("The most severe and most numerous findings come first") {
  report::Process one = process();
  one.sites[1].frames = {at(2, 10)};
  one.sites[2].frames = {at(0, 20)};
  one.sites[3].frames = {at(0, 30)};
  for (int number : {3, 4, 5}) hold(one, number, 1);
  hold(one, 6, 2);
  hold(one, 7, 3);
  hold(one, 8, 3);
  const report::Report report = judged({one});
  REQUIRE(report.findings.size() == 3);
  CHECK(report.findings[0].site.at(0).function == "f30");
  CHECK(report.findings[1].site.at(0).function == "f20");
  CHECK(report.findings[2].severity == Severity::note);
}

TEST_CASE("A shipped rule makes a note and gives its reason") {
  report::Process one = process();
  one.exe = one.run_exe = "/bin/bash";
  one.modules[0].path = "/bin/bash";
  one.sites[1].frames = {at(0, 10)};
  hold(one, 255, 1);
  const report::Finding finding = judged({one}).findings.at(0);
  CHECK(finding.severity == Severity::note);
  CHECK_FALSE(finding.reason.empty());
}

TEST_CASE("A severity asked for wins over the table, own code and rules; off leaves the finding out") {
  report::Process one = process();
  one.sites[1].frames = {at(2, 10)};
  hold(one, 3, 1);
  judge::Settings settings;
  settings.severities["open-at-end"] = Severity::warning;
  CHECK(judged({one}, settings).findings.at(0).severity == Severity::warning);
  settings.severities["open-at-end"] = Severity::off;
  CHECK(judged({one}, settings).findings.empty());
}

TEST_CASE("Own code is told by module, by the run's program, by own= over modules and over source files") {
  auto own = [](const std::string& module, const std::string& file, const std::string& list) {
    report::Stack stack(1);
    stack[0].module = module;
    stack[0].file = file;
    judge::mark_own(&stack, "/usr/sbin/mine", list);
    return stack[0].own;
  };
  CHECK(own("/home/me/a", "", ""));
  CHECK(own("/usr/sbin/mine", "", ""));
  CHECK_FALSE(own("/usr/lib/libz.so", "", ""));
  CHECK_FALSE(own("", "", ""));
  CHECK(own("/usr/lib/libz.so", "", "libz*"));
  CHECK(own("/usr/lib/libz.so", "/build/zlib/inflate.c", "*/zlib/*"));
  CHECK_FALSE(own("/home/me/a", "/usr/include/c++/12/fstream", ""));
}

TEST_CASE("A fingerprint is of kind and five functions of own code, and of nothing else") {
  report::Stack stack = {named("a"), named("lib", false), named("b"), named("c"), named("d"), named("e"), named("f")};
  const std::string digits = judge::fingerprint("file", stack).digits;
  CHECK(digits.size() == 16);
  CHECK(digits.find_first_not_of("0123456789abcdef") == std::string::npos);
  report::Stack moved = stack;
  for (report::Frame& frame : moved) {
    frame.line = 99;
    frame.file = "/elsewhere.c";
    frame.offset += 1000;
    frame.build_id = "00";
    frame.module = "/other/path";
  }
  moved[1].function = "another_lib";
  moved[6].function = "g";
  CHECK(judge::fingerprint("file", moved).digits == digits);
  CHECK_FALSE(judge::fingerprint("file", moved).unstable);
  CHECK(judge::fingerprint("socket", stack).digits != digits);
  moved[5].function = "x";
  CHECK(judge::fingerprint("file", moved).digits != digits);
}

TEST_CASE("A fingerprint without names is of the build, and says so") {
  report::Stack stack = {named(""), named("main")};
  stack[0].build_id = "aa";
  const judge::Fingerprint first = judge::fingerprint("file", stack);
  CHECK(first.unstable);
  stack[0].offset = 5;
  CHECK(judge::fingerprint("file", stack).digits != first.digits);
}

TEST_CASE("Fingerprints do not change from release to release") {
  CHECK(judge::fingerprint("file", {named("load_config(char const*)"), named("main")}).digits == "cc2061e2f6c6c08e");
}

TEST_CASE("Template arguments and the suffixes of clones are no part of a name") {
  using judge::stable_name;
  CHECK(stable_name("int app::listen_on<int>(int)") == "app::listen_on");
  CHECK(stable_name("a<b<c>, d>::e<f>()") == "a::e");
  CHECK(stable_name("main.part.0") == "main");
  CHECK(stable_name("main.constprop.0.isra.3.cold") == "main");
  CHECK(stable_name("f(int) [clone .cold]") == "f");
  CHECK(stable_name("f[abi:cxx11](std::vector<int>&) const &") == "f");
  CHECK(stable_name("Stream::operator<<(int)") == "Stream::operator<<");
  CHECK(stable_name("Pointer<int>::operator->() const") == "Pointer::operator->");
  CHECK(stable_name("bool operator< <int>(X<int>)") == "operator<");
  CHECK(stable_name("X::operator unsigned int() const") == "X::operator unsigned int");
  CHECK(stable_name("operator new[](unsigned long)") == "operator new[]");
  CHECK(stable_name("X::operator()(int) const") == "X::operator()");
  CHECK(stable_name("(anonymous namespace)::g(int)") == "(anonymous namespace)::g");
  CHECK(stable_name("unsigned long (anonymous namespace)::g<int>(int)") == "(anonymous namespace)::g");
  CHECK(stable_name("main.(*Server).Serve") == "main.(*Server).Serve");
  CHECK(stable_name("<alloc::Vec<T> as Drop>::drop") == "<alloc::Vec<T> as Drop>::drop");
  CHECK(stable_name("module.sub") == "module.sub");
}

TEST_CASE("A lambda has one name, whichever compiler or table tells it") {
  using judge::stable_name;
  for (const char* name :
       {"work()::{lambda()#1}::operator()() const", "work(int)::$_0::operator()() const", "work::(lambda)::operator()",
        "work(int)::{lambda(char const*)#12}::operator()(char const*) const",
        "auto work<int>(int)::{lambda()#2}::operator()<long>() const"})
    CHECK(stable_name(name) == "work::(lambda)::operator()");
  CHECK(stable_name("X::work()::<lambda(int)>::operator()") == "X::work::(lambda)::operator()");
}

TEST_CASE("Names that no compiler made come to no harm") {
  for (const char* name : {"", "(", ")", "f(", "f(((", "<", "a<", "operator", "operator(", "a operator<", "{lambda",
                           "$_", " ", "f() ", "[abi:", "a::{unnamed", "->", "operator->*"})
    CHECK(judge::stable_name(name).size() <= 16);
}
