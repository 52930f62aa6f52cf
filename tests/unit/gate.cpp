#include "src/judge/gate.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "src/judge/baseline.h"
#include "src/judge/pattern.h"
#include "src/judge/suppressions.h"

using namespace lifeguard;
using report::Severity;

namespace {

struct Folder {
  Folder() {
    char name[] = "/tmp/lifeguard-gate-XXXXXX";
    path = mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path + '/' + name) << text;
    return path + '/' + name;
  }
  std::string path;
};

report::Finding leak(const std::string& function, const std::string& fingerprint, unsigned count = 1) {
  report::Finding finding;
  finding.name = "open-at-end";
  finding.severity = Severity::error;
  finding.kind = "file";
  finding.fingerprint = fingerprint;
  finding.count = finding.max_per_process = count;
  finding.processes = {"42.1"};
  report::Frame frame;
  frame.function = function;
  frame.file = "/src/config.cpp";
  frame.module = "/bin/server";
  frame.line = 7;
  frame.own = true;
  finding.site = {frame};
  for (unsigned i = 0; i < count; ++i) {
    report::Holding one;
    one.number = static_cast<int>(3 + i);
    one.detail = "/etc/file-" + std::to_string(i);
    one.process = "42.1";
    finding.resources.push_back(one);
  }
  return finding;
}

report::Report of(std::vector<report::Finding> findings) {
  report::Report report;
  report.run.processes.emplace_back();
  report.findings = std::move(findings);
  return report;
}

bool matches(const std::string& pattern, const std::string& text) {
  judge::Pattern one;
  std::string error;
  size_t at;
  REQUIRE(one.read(pattern, &error, &at));
  return one.matches(text);
}

std::string wrong_rule(const std::string& line) {
  Folder folder;
  judge::Suppressions rules;
  std::string error;
  const std::string file = folder.write("rules", line + "\n");
  if (rules.read(file, &error)) return "accepted";
  REQUIRE(error.starts_with(file + ':'));
  return error.substr(file.size() + 1);
}

// What one rule makes of one finding: the rule's line, or nothing.
std::string suppressed(const std::string& rule, const report::Finding& finding) {
  Folder folder;
  judge::Suppressions rules;
  std::string error;
  REQUIRE(rules.read(folder.write("rules", rule + "\n"), &error));
  report::Report report = of({finding});
  rules.apply("2030-06-15", &report);
  return report.findings[0].suppressed_by.empty() ? "" : "yes";
}

}  // namespace

TEST_CASE("A pattern is a substring, a run of anything, or held to the ends") {
  CHECK(matches("conf", "load_config(char const*)"));
  CHECK_FALSE(matches("^conf", "load_config"));
  CHECK(matches("^load*g$", "load_config"));
  CHECK_FALSE(matches("^load$", "load_config"));
  CHECK(matches("a*b*c", "xaxbxcx"));
  CHECK(matches("*", ""));
  CHECK(matches("^$", ""));
  CHECK_FALSE(matches("^$", "x"));
  CHECK(matches("char const\\*", "f(char const*)"));
  CHECK_FALSE(matches("a\\*b", "axb"));
  CHECK(matches("^a\\nb\\x1b$", "a\nb\x1b"));
  CHECK(matches("\\^x", "a^x"));
  CHECK(matches("^*a*a*a*a*a*a*a*b$", std::string(4096, 'a') + "b"));
}

TEST_CASE("A rule is of a class, a kind or both, and names a function, file, module or resource") {
  const report::Finding finding = leak("load_config", "0123456789abcdef");
  for (const char* rule : {"open-at-end:load_config", "file:load_config", "*:load_config", "fd:config.cpp",
                           "file:/bin/server", "file:/etc/file-0", "*:@0123456789abcdef  # why", "*:*  everything",
                           "open-at-end:*", "  file : load  until=2030-06-15  max=1 # a # b"})
    CHECK(suppressed(rule, finding) == "yes");
  for (const char* rule : {"zombie:load_config", "socket:load_config", "*:other", "*:@0123456789abcdee",
                           "file:load until=2030-06-14", "kind=lease:load"})
    CHECK(suppressed(rule, finding).empty());
  CHECK(suppressed("file:load max=2", leak("load", "0123456789abcdef", 2)) == "yes");
  CHECK(suppressed("file:load max=2", leak("load", "0123456789abcdef", 3)).empty());
}

TEST_CASE("A mistake in a rule is told with line and column and the nearest right word") {
  using Catch::Matchers::StartsWith;
  CHECK_THAT(wrong_rule("open-at-ned:x"),
             StartsWith("1:1: no class or kind is called 'open-at-ned'; did you mean open-at-end?"));
  CHECK_THAT(wrong_rule("no colon"), StartsWith("1:1: a rule is CLASS-or-KIND-or-*:PATTERN"));
  CHECK_THAT(wrong_rule("file:"), StartsWith("1:6: the pattern is missing"));
  CHECK_THAT(wrong_rule("file:x untli=2030-01-01"),
             StartsWith("1:8: a rule has no option 'untli'; did you mean until?"));
  CHECK_THAT(wrong_rule("file:x until=2030-13-01"), StartsWith("1:8: until takes a day"));
  CHECK_THAT(wrong_rule("file:x max=none"), StartsWith("1:8: max takes a number"));
  CHECK_THAT(wrong_rule("  file:ab\\"), StartsWith("1:10: a backslash"));
  CHECK_THAT(wrong_rule("*:*"), StartsWith("1:1: this rule matches everything"));
  CHECK_THAT(wrong_rule("*:^**$  # all"), StartsWith("1:1: this rule matches everything"));
  CHECK_THAT(wrong_rule("# fine\n\nfile:"), StartsWith("3:6:"));
  CHECK_THAT(wrong_rule(std::string("fi\0le:x", 7)), StartsWith("1:3: a zero byte"));
  CHECK_THAT(wrong_rule("include /nowhere/at/all"), StartsWith("1:1: /nowhere/at/all: cannot be read"));
}

TEST_CASE("Files include others beside them, once, and not themselves") {
  Folder folder;
  folder.write("more", "file:load_config  # of the other file\ninclude more-yet\n");
  folder.write("more-yet", "socket:x\n");
  const std::string rules = folder.write("rules", "include more  # a reason\ninclude more\n");
  judge::Suppressions suppressions;
  std::string error;
  REQUIRE(suppressions.read(rules, &error));
  REQUIRE(suppressions.rules().size() == 2);
  CHECK(suppressions.rules()[0].place() == folder.path + "/more:1");
  const std::string loop = folder.write("loop", "\ninclude loop\n");
  CHECK_FALSE(suppressions.read(loop, &error));
  CHECK(error == loop + ":2:1: " + loop + " includes itself");
  CHECK_FALSE(suppressions.read(folder.path, &error));
}

TEST_CASE("A rule about one resource leaves the others of its finding") {
  Folder folder;
  judge::Suppressions rules;
  std::string error;
  REQUIRE(rules.read(folder.write("rules", "file:^/etc/file-1$\n"), &error));
  report::Report report = of({leak("load", "0123456789abcdef", 3)});
  rules.apply("2030-01-01", &report);
  REQUIRE(report.findings.size() == 2);
  CHECK(report.findings[0].count == 2);
  CHECK(report.findings[0].max_per_process == 2);
  CHECK(report.findings[0].counts());
  CHECK(report.findings[1].count == 1);
  CHECK_FALSE(report.findings[1].counts());
  CHECK(rules.rules()[0].used == 1);
}

TEST_CASE("Rules made for a report are accepted unchanged, and suppress it and nothing else") {
  Folder folder;
  const std::string hostile = "f\n# x:*\\^$(char const*)\x1b";
  report::Report report = of({leak(hostile, "0123456789abcdef"), leak("g", "1123456789abcdef")});
  report.findings[1].name = "double-close";
  const std::string text = judge::rules_for(report);
  judge::Suppressions rules;
  std::string error;
  REQUIRE(rules.read(folder.write("rules", text), &error));
  CHECK(rules.rules().size() == 2);
  report.findings.push_back(leak(hostile, "2123456789abcdef"));
  rules.apply("2030-01-01", &report);
  CHECK_FALSE(report.findings[0].counts());
  CHECK_FALSE(report.findings[1].counts());
  CHECK(report.findings[2].counts());
  CHECK(judge::rules_for(of({})).empty());
}

TEST_CASE("A baseline knows what it was made of, and tells new and grown from it") {
  Folder folder;
  judge::Baseline made;
  made.add(of({leak("a", "2123456789abcdef", 2), leak("b\n#", "1123456789abcdef")}));
  made.add(of({leak("a", "2123456789abcdef", 1)}));
  CHECK(made.text() ==
        "# lifeguard-baseline/1\n"
        "1123456789abcdef open-at-end file 1  # b?# in config.cpp\n"
        "2123456789abcdef open-at-end file 2  # a in config.cpp\n");
  judge::Baseline read;
  std::string error;
  REQUIRE(read.read(folder.write("base", made.text()), &error));
  CHECK(read.text() == made.text());
  report::Report report =
      of({leak("a", "2123456789abcdef", 3), leak("b", "1123456789abcdef"), leak("c", "3123456789abcdef")});
  read.apply(&report);
  CHECK(report.findings[0].baseline == "grown");
  CHECK(report.findings[1].baseline == "known");
  CHECK(report.findings[2].baseline == "new");
  CHECK(read.stale().empty());
  const judge::Outcome outcome = judge::decide({}, report, 0);
  CHECK(outcome.errors == 2);
  CHECK(outcome.suppressed == 1);
  CHECK(outcome.status() == 1);
}

TEST_CASE("Two lines of one function share a fingerprint and count together") {
  judge::Baseline made;
  made.add(of({leak("a", "2123456789abcdef")}));
  report::Report report = of({leak("a", "2123456789abcdef"), leak("a", "2123456789abcdef")});
  made.apply(&report);
  CHECK(report.findings[0].baseline == "grown");
  // In another process it is no more than one each: another test that calls the same function.
  report.findings[1].processes = {"43.1"};
  report.findings[1].resources[0].process = "43.1";
  made.apply(&report);
  CHECK(report.findings[0].baseline == "known");
}

TEST_CASE("A test more of the same process that calls a function known to leak is no change") {
  const auto leaks = [](unsigned count, const char* phase, const std::string& test) {
    report::Finding finding = leak("a", "2123456789abcdef", count);
    report::Frame frame = finding.site[0];
    frame.function = test;
    finding.site.push_back(frame);
    for (report::Holding& one : finding.resources) one.phase = phase;
    return finding;
  };
  judge::Baseline known;
  known.add(of({leaks(2, "", "A_first_Test::TestBody()"), leaks(2, "A.second", "f"), leaks(1, "A.second", "g")}));
  CHECK(known.text().find(" file 3  #") != std::string::npos);
  const auto told = [&](std::vector<report::Finding> findings) {
    report::Report report = of(std::move(findings));
    known.apply(&report);
    return report.findings[0].baseline;
  };
  CHECK(told({leaks(3, "A.second", "f"), leaks(3, "A.third", "f"), leaks(3, "", "A_b_Test::TestBody()")}) == "known");
  CHECK(told({leaks(2, "A.second", "f"), leaks(2, "A.second", "g")}) == "grown");
  CHECK(told({leaks(4, "A.third", "f")}) == "grown");
  CHECK(told({leaks(4, "", "A_first_Test::TestBody()")}) == "grown");
  CHECK(told({leaks(2, "", "f"), leaks(2, "", "f")}) == "grown");
  // A saved report that does not name all of them.
  report::Finding many = leaks(1, "", "f");
  many.count = many.max_per_process = 9;
  CHECK(told({many}) == "grown");
}

TEST_CASE("Pruning only removes and lowers, updating never adds") {
  Folder folder;
  const std::string text =
      "# lifeguard-baseline/1\n1123456789abcdef zombie process 9\n2123456789abcdef open-at-end file 2  # old\n"
      "3123456789abcdef open-at-end file 1\n";
  for (bool prune : {true, false}) {
    judge::Baseline baseline;
    std::string error;
    REQUIRE(baseline.read(folder.write("base", text), &error));
    report::Report report =
        of({leak("a", "2123456789abcdef", 1), leak("b", "3123456789abcdef", 4), leak("c", "4123456789abcdef")});
    baseline.apply(&report);
    REQUIRE(baseline.stale().size() == 1);
    if (prune)
      baseline.prune();
    else
      baseline.update();
    CHECK(
        baseline.text() ==
        (prune
             ? "# lifeguard-baseline/1\n2123456789abcdef open-at-end file 1  # old\n3123456789abcdef open-at-end file "
               "1\n"
             : "# lifeguard-baseline/1\n1123456789abcdef zombie process 9\n2123456789abcdef open-at-end file 1  # a in "
               "config.cpp\n3123456789abcdef open-at-end file 4  # b in config.cpp\n"));
  }
}

TEST_CASE("A mistake in a baseline is told with line and column") {
  using Catch::Matchers::StartsWith;
  const auto wrong = [](const std::string& text) {
    Folder folder;
    judge::Baseline baseline;
    std::string error;
    const std::string file = folder.write("base", text);
    return baseline.read(file, &error) ? std::string("accepted") : error.substr(file.size() + 1);
  };
  CHECK(wrong("0123456789abcdef open-at-end file 1\r\n\n# x\n") == "accepted");
  CHECK(wrong("0123456789abcdef * file 1\n") == "accepted");
  CHECK_THAT(wrong("# lifeguard-baseline/2\n"),
             StartsWith("1:22: the baseline is of version 2; this lifeguard reads version 1"));
  CHECK_THAT(wrong("0123 open-at-end file 1"), StartsWith("1:1: '0123' is no fingerprint"));
  CHECK_THAT(wrong("0123456789abcdef open-at-ned file 1"),
             StartsWith("1:18: no class is called 'open-at-ned'; did you mean open-at-end?"));
  CHECK_THAT(wrong("0123456789abcdef open-at-end file 0"), StartsWith("1:35: MAX is a number from 1 on"));
  CHECK_THAT(wrong("0123456789abcdef open-at-end file"), StartsWith("1:34: the line ends early"));
  CHECK_THAT(wrong("0123456789abcdef open-at-end file 1 x"), StartsWith("1:37: behind MAX"));
  CHECK_THAT(wrong("<<<<<<< HEAD"), StartsWith("1:1: a merge conflict"));
}

TEST_CASE(
    "The gate fails on errors, on warnings where asked, on counts above a kind's, and on nothing that is missing") {
  judge::Gate gate;
  report::Report report = of({leak("a", "2123456789abcdef", 3)});
  CHECK(judge::decide(gate, report, 0).status() == 1);
  gate.fail_on = Severity::off;
  CHECK(judge::decide(gate, report, 0).status() == 0);
  gate.most["file"] = 2;
  CHECK(judge::decide(gate, report, 0).status() == 1);
  gate.fail_on = Severity::error;
  gate.most["file"] = 3;
  CHECK(judge::decide(gate, report, 0).status() == 0);
  gate.most = {{"fd", 2}};
  CHECK(judge::decide(gate, report, 0).status() == 1);
  gate.most.clear();
  report.findings[0].severity = Severity::warning;
  CHECK(judge::decide(gate, report, 0).status() == 0);
  CHECK(judge::decide(gate, report, 0).warnings == 1);
  gate.fail_on = Severity::warning;
  CHECK(judge::decide(gate, report, 0).status() == 1);
  report.findings.clear();
  CHECK(judge::decide(gate, report, 2).status() == 0);
  gate.strict = true;
  CHECK(judge::decide(gate, report, 2).status() == 1);
}

TEST_CASE("Incomplete data never passes") {
  judge::Gate gate;
  report::Report report = of({});
  CHECK(judge::decide(gate, report, 0).status() == 0);
  report.run.processes[0].lost["cut_stacks"] = 4;
  CHECK(judge::decide(gate, report, 0).status() == 0);  // the record is there
  report.run.processes[0].lost["sites"] = 1;
  CHECK(judge::decide(gate, report, 0).status() == 3);
  CHECK(std::string(judge::decide(gate, report, 0).verdict()) == "incomplete");
  report.run.processes[0].lost.clear();
  report.run.unwatched = {{7, "/usr/bin/sudo", "set-user-ID"}};
  CHECK(judge::decide(gate, report, 0).status() == 0);
  gate.require_watched = true;
  CHECK(judge::decide(gate, report, 0).status() == 3);
  gate.require_watched = false;
  report.run.troubles = {"x.ledger: skipped a record"};
  CHECK(judge::decide(gate, report, 0).status() == 3);
}

TEST_CASE("What a repeated test made in its first round alone does not grow") {
  report::Report report =
      of({leak("once", "2123456789abcdef"), leak("always", "3123456789abcdef", 3), leak("other", "4123456789abcdef")});
  report.findings[0].resources[0].phase = "a [test] [1/3]";
  for (unsigned i = 0; i < 3; ++i) report.findings[1].resources[i].phase = "a [test] [" + std::to_string(i + 1) + "/3]";
  report.findings[2].resources[0].phase = "[1/1]";
  judge::forgive_first_round(&report);
  CHECK(report.findings[0].severity == Severity::note);
  CHECK(report.findings[1].severity == Severity::error);
  CHECK(report.findings[2].severity == Severity::error);
}
