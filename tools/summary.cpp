// lifeguard summary: called by the library as an orderly process ends, to say in about 30 lines what it and the
// processes below it left. It has a second, so it looks only at the stacks that it shows, and asks no server.
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <iostream>
#include <set>

#include "src/judge/judge.h"
#include "src/options/slice.h"
#include "src/render/renderer.h"
#include "src/report/load.h"
#include "src/report/store.h"
#include "src/symbols/dwarf_symbols.h"
#include "src/system/process.h"
#include "tools/command.h"
#include "tools/refusals.h"

namespace lifeguard::tools {
namespace {

// The first process speaks for the whole run; one that outlived it for itself and what it started.
void keep_family(int pid, report::Run* run) {
  std::set<int> family{pid};
  for (const report::Process& process : run->processes)
    if (process.first && process.pid == pid) return;
  // finish_run() has put parents before their children.
  std::erase_if(run->processes, [&family, pid](const report::Process& process) {
    if (process.pid != pid && !family.contains(process.ppid)) return true;
    family.insert(process.pid);
    return false;
  });
}

}  // namespace

std::function<int()> summary_command(Arguments& arguments) {
  struct Asked {
    std::string folder;
    int pid = 0;
    bool always = false;
  };
  auto asked = std::make_shared<Asked>();
  arguments.place("RUNFOLDER", asked->folder, "the run", /*required=*/true);
  arguments.number("--pid", "PID", asked->pid, {1, INT_MAX}, "the process that ends");
  arguments.flag("--always", asked->always, "say so where nothing was left, too");
  return [asked] {
    unsetenv("DEBUGINFOD_URLS");
    report::Report report;
    bool saved = false;
    std::string error;
    if (!report::open_run(asked->folder, {}, &report, &saved, &error)) {
      complain(error);
      return exit_unreadable;
    }
    report::finish_run(&report.run);
    if (asked->pid) keep_family(asked->pid, &report.run);
    symbols::DwarfSymbols symbols(/*network=*/false);
    judge::Settings settings;
    settings.names_only_where_it_matters = true;
    judge::judge(settings, symbols, &report);
    const std::string cwd = system::read_link("/proc/self/cwd");
    const bool refused = tell_refusals(report.run, symbols, cwd, std::cout);
    return render::summary(report, {cwd, own_command(), asked->pid, asked->always}, std::cout) || refused ? 0 : 1;
  };
}

}  // namespace lifeguard::tools
