// lifeguard check: the gate. Judges a run, or a command that it starts watched, and ends with a status that a build can
// go by; the last line on standard error is the verdict.
#include <sys/wait.h>

#include <cstdlib>
#include <iostream>

#include "src/report/load.h"
#include "src/report/store.h"
#include "src/run/session.h"
#include "tools/afterwards.h"
#include "tools/command.h"
#include "tools/gating.h"
#include "tools/watch_options.h"

namespace lifeguard::tools {
namespace {

constexpr uint64_t default_settle_ms = 200;

struct Asked {
  std::vector<std::string> runs;
  std::vector<std::string> command;
  std::shared_ptr<WatchOptions> watch;
  std::shared_ptr<Judging> judging;
  std::shared_ptr<Gating> gating;
  std::shared_ptr<Outputs> outputs;
  uint64_t settle_ms = default_settle_ms;
  int rounds = 1;
};

// As the system told it of the run's first process; a shell's number for one that was killed.
std::optional<int> first_status(const report::Run& run) {
  const report::Process* last = nullptr;  // the program that it became by exec is the one that ended
  for (const report::Process& process : run.processes)
    if (!last || (process.pid == last->pid && process.image > last->image)) last = &process;
  if (!last) return {};
  if (last->end.how == report::End::How::exit) return last->end.status;
  if (last->end.how == report::End::How::signal) return 128 + last->end.signal;
  return {};
}

int check_runs(Asked& asked) {
  report::Report report;
  const int status = asked.judging->gather(asked.runs, &report);
  if (report.run.processes.empty() && report.findings.empty() && status) return status;
  if (asked.rounds > 1) judge::forgive_first_round(&report);
  // What ended before is not this check's outcome: it is told, and the verdict alone decides.
  return asked.gating->conclude(*asked.judging, *asked.outputs, first_status(report.run),
                                Outputs::People::standard_output, status != 0, &report);
}

std::string options_for(const Asked& asked) {
  WatchOptions watch = *asked.watch;
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%llu.%03llu", static_cast<unsigned long long>(asked.settle_ms / 1000),
                static_cast<unsigned long long>(asked.settle_ms % 1000));
  set_watch_option(&watch, "settle", seconds);
  // What is to be said is said by us; and the library may only drop what no judgement of ours could call a finding.
  set_watch_option(&watch, "report", "none");
  if (!asked.judging->own().empty()) {
    const Slice before = watch.values.own;
    set_watch_option(&watch, "own",
                     (before.empty() ? "" : std::string(before.data, before.size) + ',') + asked.judging->own());
  }
  set_watch_option(&watch, "keep", asked.judging->weighs_as_usual() ? "findings" : "always");
  return watch.text;
}

int check_command_line(Asked& asked) {
  run::Settings settings;
  const Options& options = asked.watch->values;
  settings.command = asked.command;
  settings.options = options_for(asked);
  settings.store = asked.judging->store();
  if (settings.store.empty() && options.store.data)
    settings.store = std::string(options.store.data, options.store.size);
  settings.store_runs = options.store_runs;
  settings.store_bytes = options.store_bytes;
  settings.grace = std::chrono::nanoseconds(options.grace_ns);
  settings.labels = labels_of(options);
  settings.record_first = true;
  if (asked.rounds > 1)
    for (const char* name : {"LIFEGUARD_REPEAT", "GTEST_REPEAT"}) setenv(name, std::to_string(asked.rounds).c_str(), 1);

  run::Outcome outcome;
  run::run_session(settings, &outcome);
  if (!outcome.started) {
    complain("check: " + outcome.error);
    if (!outcome.folder.empty()) forget(outcome);
    return outcome.start_status;
  }
  const int wait = outcome.wait_status;
  const int cmd = !outcome.known ? 1 : WIFSIGNALED(wait) ? 128 + WTERMSIG(wait) : WEXITSTATUS(wait);
  report::Report report;
  bool saved = false;
  std::string error;
  const bool readable = report::open_run(outcome.folder, {}, &report, &saved, &error);
  if (!readable) report.run.troubles.push_back(error);
  report::finish_run(&report.run);
  if (report.run.command.empty()) report.run.command = settings.command;
  const bool verdict_alone = !asked.outputs->tells_always() && !asked.gating->has_baseline();
  asked.judging->judge(verdict_alone ? &asked.gating->gate() : nullptr, &report);
  if (asked.rounds > 1) judge::forgive_first_round(&report);
  const int gate =
      asked.gating->conclude(*asked.judging, *asked.outputs, cmd, Outputs::People::standard_error, !readable, &report);
  outcome.record.errors = static_cast<int64_t>(report.totals().error);
  outcome.record.warnings = static_cast<int64_t>(report.totals().warning);
  run::write_record(outcome.folder, outcome.record, &error);
  return cmd ? cmd : gate;
}

// "200", "200ms", "0.2s"
uint64_t milliseconds(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const std::string unit = end;
  if (text.empty() || text[0] < '0' || text[0] > '9' || (!unit.empty() && unit != "ms" && unit != "s") ||
      number > 3'600'000)
    throw WrongValue("--settle-time", "takes milliseconds, or a time as in 200ms or 0.2s, not '" + text + "'");
  return static_cast<uint64_t>(unit == "s" ? number * 1000 : number);
}

}  // namespace

std::function<int()> check_command(Arguments& arguments) {
  auto asked = std::make_shared<Asked>();
  arguments.command(asked->command, Arguments::Words::behind_dashes);
  arguments.places(
      "RUN", asked->runs,
      "in place of a command: a run's folder or name, a ledger file, a saved JSON report; nothing: the latest run");
  asked->judging = Judging::declare(arguments);
  asked->gating = Gating::declare(arguments);
  asked->outputs = Outputs::declare(arguments, "how to print it (text, or what fits the CI system)");
  arguments.number("--repeat-to-settle", "N", asked->rounds, {1, 99999},
                   "have the test listeners repeat each test, and count only what grows");
  arguments.each(
      "--settle-time", "TIME", [asked](const std::string& text) { asked->settle_ms = milliseconds(text); },
      "at the end of a process, how long to wait for what its other threads are about to give back (200ms)");
  asked->watch = takes_watch_options(arguments, {"store", "own", "report", "keep", "settle"});
  return [asked] {
    std::string error;
    asked->outputs->choose_for_ci();
    if (!asked->judging->prepare(&error) || !asked->gating->prepare(&error) || !asked->outputs->prepare(&error)) {
      complain("check: " + error);
      return exit_usage;
    }
    if (!asked->command.empty() && !asked->runs.empty()) {
      complain("check: a run and a command are one too many: check RUN, or check -- CMD");
      return exit_usage;
    }
    return asked->command.empty() ? check_runs(*asked) : check_command_line(*asked);
  };
}

}  // namespace lifeguard::tools
