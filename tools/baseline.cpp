// lifeguard baseline: what runs left, as the file by which `check --baseline` tells new from known.
#include <iostream>

#include "src/report/store.h"
#include "tools/command.h"
#include "tools/gating.h"

namespace lifeguard::tools {
namespace {

struct Asked {
  std::vector<std::string> runs;
  std::string file;
  bool update = false, prune = false;
  std::shared_ptr<Judging> judging;
};

int work(Asked& asked) {
  std::string error;
  judge::Baseline baseline;
  const bool changes = asked.update || asked.prune;
  if (changes == asked.file.empty())
    error = "--update and --prune change the file that --baseline names, and go with it";
  if (!error.empty() || !asked.judging->prepare(&error) || (changes && !baseline.read(asked.file, &error))) {
    complain("baseline: " + error);
    return exit_usage;
  }
  int status = 0;
  // One by one: processes of different runs are different ones, whatever their numbers.
  if (asked.runs.empty()) asked.runs.emplace_back();
  for (const std::string& run : asked.runs) {
    report::Report report;
    const int wrong = asked.judging->gather({run}, &report);
    const judge::Outcome outcome = judge::decide({}, report, 0);
    for (const std::string& missing : outcome.missing) complain("incomplete: " + missing);
    if (wrong || !outcome.missing.empty()) status = exit_unreadable;
    if (changes)
      baseline.apply(&report);
    else
      baseline.add(report);
  }
  if (!changes) {
    std::cout << baseline.text();
    return status;
  }
  if (status) {
    complain(asked.file + " stays as it is: a run is incomplete");
    return status;
  }
  if (asked.update) baseline.update();
  if (asked.prune) baseline.prune();
  return replace_file(asked.file, baseline.text()) ? 0 : 1;
}

}  // namespace

std::function<int()> baseline_command(Arguments& arguments) {
  auto asked = std::make_shared<Asked>();
  arguments.places("RUN", asked->runs, "what is left in any of these runs is known; nothing: the latest run");
  asked->judging = Judging::declare(arguments);
  arguments.text("--baseline", "FILE", asked->file, "the file to change by --update or --prune");
  arguments.flag("--update", asked->update, "bring its counts up to date; adds and removes nothing");
  arguments.flag("--prune", asked->prune, "remove what is gone, and lower counts");
  return [asked] { return work(*asked); };
}

}  // namespace lifeguard::tools
