#include "src/judge/verdict.h"

#include <catch2/catch.hpp>

#include "src/judge/judge.h"

using namespace lifeguard;
using ledger::Kind;
using ledger::State;
using report::End;
using report::Severity;

namespace {

constexpr report::Time second = 1'000'000'000, start = 1'700'000'000 * second;

report::Process process(End::How how = End::How::exit) {
  report::Process one;
  one.pid = 1;
  one.exe = one.run_exe = "/home/me/server";
  one.ledger = "/store/run/1.ledger";
  one.began = start;
  one.end.how = how;
  one.lives = how == End::How::running;
  if (!one.lives) one.end.when = start + 10 * second;
  one.modules = {{"/home/me/server", "aa"}, {"/usr/bin/bash", "bb"}};
  one.sites[1].frames = {ledger::make_frame(0, 10, false)};
  one.sites[2].frames = {ledger::make_frame(1, 10, false)};
  return one;
}

report::Thing thing(Kind kind, uint16_t flags = 0, report::Time born = start + second) {
  report::Thing one;
  one.number = 77;
  one.kind = kind;
  one.state = State::live;
  one.flags = flags;
  one.site = 1;
  one.born = born;
  return one;
}

report::Resource came_along(uint16_t flags = ledger::slot_passed, Kind kind = Kind::file) {
  report::Resource one;
  one.number = 5;
  one.kind = kind;
  one.state = State::inherited;
  one.flags = flags;
  one.site = 1;
  return one;
}

std::vector<report::Finding> judged(std::vector<report::Process> processes) {
  report::Report report;
  report.run.processes = std::move(processes);
  symbols::NoSymbols symbols;
  judge::judge({}, symbols, &report);
  return report.findings;
}

report::Finding only(const report::Process& holder, std::vector<report::Process> others = {}) {
  others.push_back(holder);
  const auto findings = judged(others);
  REQUIRE(findings.size() == 1);
  return findings[0];
}

report::Finding left(End::How how, const report::Thing& what) {
  report::Process one = process(how);
  one.things = {what};
  return only(one);
}

bool silent(End::How how, const report::Thing& what) {
  report::Process one = process(how);
  one.things = {what};
  return judged({one}).empty();
}

}  // namespace

TEST_CASE("A child that ended and was never waited for is a zombie, by its pid") {
  const report::Finding finding = left(End::How::exit, thing(Kind::process, ledger::thing_ended));
  CHECK(finding.name == "zombie");
  CHECK(finding.severity == Severity::error);
  CHECK(finding.kind == "process");
  CHECK(finding.resources.at(0).number == 77);
  CHECK(finding.resources.at(0).state == "live");
}

TEST_CASE("A zombie younger than a second is a note, and one that lived long but ended just now is too") {
  const auto young = thing(Kind::process, ledger::thing_ended, start + 9'500'000'000);
  CHECK(left(End::How::exit, young).severity == Severity::note);
  report::Process parent = process(), child = process();
  parent.things = {thing(Kind::process, ledger::thing_ended)};
  child.pid = 77;
  child.ppid = 1;
  child.began = start + second;
  child.end.when = parent.end.when - second / 2;
  CHECK(only(parent, {child}).severity == Severity::note);
  child.end.when = parent.end.when - 2 * second;
  CHECK(only(parent, {child}).severity == Severity::error);
}

TEST_CASE("A child that outlives its parent is an orphan, and a warning called a daemon in a session of its own") {
  const report::Finding orphan = left(End::How::exit, thing(Kind::process));
  CHECK(orphan.name == "orphan");
  CHECK(orphan.severity == Severity::error);
  const report::Finding daemon = left(End::How::exit, thing(Kind::process, ledger::thing_session));
  CHECK(daemon.name == "orphan");
  CHECK(daemon.severity == Severity::warning);
  CHECK(daemon.resources.at(0).state == "daemon");
  CHECK_FALSE(daemon.reason.empty());
}

TEST_CASE("Orphans and daemons of one line are two findings, so that neither lends the other its weight") {
  report::Process one = process();
  one.things = {thing(Kind::process), thing(Kind::process, ledger::thing_session)};
  one.things[1].number = 78;
  const auto findings = judged({one});
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].severity == Severity::error);
  CHECK(findings[1].severity == Severity::warning);
}

TEST_CASE("What the starter of a daemon opened before it forked is the daemon's, what it opened later is not") {
  report::Process starter = process();
  starter.things = {thing(Kind::process, ledger::thing_session)};
  report::Resource early = came_along(0), late = came_along(0);
  early.state = late.state = State::live;
  early.born = start;
  late.born = start + 2 * second;
  late.number = 6;
  starter.resources = {early, late};
  const auto findings = judged({starter});
  REQUIRE(findings.size() == 3);
  CHECK(findings[0].severity == Severity::error);
  CHECK(findings[0].resources.at(0).number == 6);
  CHECK(findings[2].severity == Severity::note);
  CHECK(findings[2].resources.at(0).number == 5);
}

TEST_CASE("A thread that ended and was never joined is unjoined, others are notes") {
  const report::Finding unjoined = left(End::How::exit, thing(Kind::thread, ledger::thing_ended));
  CHECK(unjoined.name == "unjoined");
  CHECK(unjoined.severity == Severity::error);
  for (uint16_t flags : {uint16_t{0}, static_cast<uint16_t>(ledger::thing_detached)}) {
    const report::Finding running = left(End::How::exit, thing(Kind::thread, flags));
    CHECK(running.name == "running");
    CHECK(running.severity == Severity::note);
  }
}

TEST_CASE("Children and threads of a process that was killed are warnings that say so") {
  for (End::How how : {End::How::signal, End::How::vanished})
    for (const report::Thing& what :
         {thing(Kind::process), thing(Kind::process, ledger::thing_ended), thing(Kind::thread, ledger::thing_ended)}) {
      const report::Finding finding = left(how, what);
      CHECK(finding.severity == Severity::warning);
      CHECK(finding.resources.at(0).state == "live when killed");
    }
}

TEST_CASE("What a process that runs has of children and threads are notes") {
  CHECK(left(End::How::running, thing(Kind::process)).name == "running");
  CHECK(left(End::How::running, thing(Kind::process, ledger::thing_ended)).severity == Severity::note);
  CHECK(left(End::How::running, thing(Kind::thread)).severity == Severity::note);
}

TEST_CASE("Names that outlive their run are left behind, also after a kill, and as long as it lives they are nothing") {
  for (Kind kind : {Kind::path, Kind::segment, Kind::semaphore, Kind::queue}) {
    for (End::How how : {End::How::exit, End::How::vanished}) {
      const report::Finding finding = left(how, thing(kind));
      CHECK(finding.name == "left-behind");
      CHECK(finding.severity == Severity::error);
    }
    CHECK(silent(End::How::running, thing(kind)));
    report::Process ended = process();
    ended.things = {thing(kind)};
    CHECK(judged({ended, process(End::How::running)}).empty());
  }
}

TEST_CASE("A path is known by its name") {
  report::Thing path = thing(Kind::path);
  path.number = -1;
  path.name = path.detail = "/tmp/x";
  CHECK(left(End::How::exit, path).resources.at(0).name == "/tmp/x");
}

TEST_CASE("Timers and handles of libraries that go with their process are notes") {
  for (Kind kind : {Kind::timer, Kind::module}) {
    const report::Finding finding = left(End::How::exit, thing(kind));
    CHECK(finding.name == "open-at-end");
    CHECK(finding.severity == Severity::note);
  }
}

TEST_CASE("What came along by exec without being meant to is passed on") {
  report::Process one = process();
  one.resources = {came_along()};
  CHECK(only(one).name == "passed-on");
  CHECK(only(one).severity == Severity::warning);
  one.resources = {came_along(ledger::slot_passed | ledger::slot_purpose)};
  CHECK(only(one).severity == Severity::note);
  one.resources = {came_along()};
  one.resources[0].site = 2;
  CHECK(only(one).severity == Severity::note);
  CHECK(only(one).reason.find("shell") != std::string::npos);
}

TEST_CASE("A fork inherits, whatever came to its parent by exec") {
  report::Process one = process();
  one.forked = true;
  one.resources = {came_along()};
  CHECK(only(one).name == "inherited");
}

TEST_CASE("A listener that outlives its maker in another program is an error") {
  report::Process maker = process(), holder = process(End::How::running);
  holder.pid = 2;
  holder.ledger = "/store/run/2.ledger";
  holder.origin = "1.ledger";
  holder.resources = {came_along(ledger::slot_passed, Kind::listener)};
  report::Resource listener = came_along(0, Kind::listener);
  listener.state = State::live;
  maker.resources = {listener};
  auto severity = [&] {
    for (const report::Finding& finding : judged({maker, holder}))
      if (finding.name == "passed-on") return finding.severity;
    return Severity::off;
  };
  CHECK(severity() == Severity::error);
  maker.end = {};
  maker.end.how = End::How::running;
  CHECK(severity() == Severity::warning);
  maker = process();
  maker.resources = {listener};
  holder.end.how = End::How::exit;
  holder.end.when = maker.end.when - second;
  CHECK(severity() == Severity::warning);
  holder.resources[0].kind = maker.resources[0].kind = Kind::file;
  CHECK(severity() == Severity::warning);
}

TEST_CASE("An image that went on by exec has nothing open at its end, and its double closes count") {
  report::Process one = process(End::How::exec);
  one.resources = {came_along()};
  one.resources[0].state = State::live;
  CHECK(judged({one}).empty());
  report::DoubleClose twice;
  twice.what = came_along();
  twice.closed_again = 1;
  one.double_closes = {twice};
  CHECK(only(one).name == "double-close");
}

TEST_CASE("Eight workers with the same leak are one finding of eight, one in each") {
  std::vector<report::Process> workers;
  for (int i = 0; i < 8; ++i) {
    report::Process worker = process();
    worker.pid = 100 + i;
    worker.things = {thing(Kind::process)};
    workers.push_back(worker);
  }
  const auto findings = judged(workers);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].count == 8);
  CHECK(findings[0].max_per_process == 1);
}

TEST_CASE("A shell's background jobs are its script's affair") {
  report::Process shell = process();
  shell.exe = shell.run_exe = "/usr/bin/bash";
  for (uint16_t flags : {uint16_t{0}, static_cast<uint16_t>(ledger::thing_ended)}) {
    shell.things = {thing(Kind::process, flags)};
    CHECK(only(shell).severity == Severity::note);
    CHECK_FALSE(only(shell).reason.empty());
  }
}
