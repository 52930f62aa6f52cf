#include "tools/afterwards.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "src/judge/judge.h"
#include "src/render/escape.h"
#include "src/render/phrases.h"
#include "src/render/renderer.h"
#include "src/report/load.h"
#include "src/report/store.h"
#include "src/run/members.h"
#include "src/run/place.h"
#include "src/symbols/dwarf_symbols.h"
#include "tools/command.h"
#include "tools/refusals.h"

namespace lifeguard::tools {
namespace {

using run::Remnant;

constexpr size_t groups_shown = 20, pids_shown = 10;

bool has_ledger(const std::string& folder) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored))
    if (entry.path().extension() == ".ledger") return true;
  return false;
}

// Processes of one command that had the same fate are one line.
std::string about_remnants(const std::vector<Remnant>& remnants) {
  struct Group {
    const Remnant* first;
    std::string pids;
    size_t count = 0;
  };
  std::map<std::tuple<int, std::string, std::string>, size_t> known;
  std::vector<Group> groups;
  size_t ended = 0;
  for (const Remnant& one : remnants) {
    ended += one.what == Remnant::What::terminated || one.what == Remnant::What::killed;
    const auto [at, added] = known.try_emplace({static_cast<int>(one.what), one.command, one.why}, groups.size());
    if (added) groups.push_back({&one, "", 0});
    Group& group = groups[at->second];
    if (++group.count <= pids_shown) group.pids += (group.pids.empty() ? "" : ", ") + std::to_string(one.who.pid);
  }
  if (groups.empty()) return "";
  std::string text;
  if (ended) text = "lifeguard: ended " + render::counted(ended, "process") + " that outlived the command\n";
  for (size_t i = 0; i < std::min(groups.size(), groups_shown); ++i) {
    const Group& group = groups[i];
    const std::string what = group.first->what == Remnant::What::terminated ? "ended by SIGTERM: "
                             : group.first->what == Remnant::What::killed   ? "ended by SIGKILL: "
                             : group.first->what == Remnant::What::kept     ? "kept: "
                                                                            : "NOT ended: ";
    text += "  " + what + render::cut(render::visible(group.first->command), 120) + " (" + group.pids +
            (group.count > pids_shown ? " and " + std::to_string(group.count - pids_shown) + " more" : "") + ')' +
            (group.first->why.empty() ? "" : ": " + render::visible(group.first->why)) + '\n';
  }
  if (groups.size() > groups_shown)
    text += "  and " + std::to_string(groups.size() - groups_shown) + " more commands\n";
  return text;
}

void write_all(int file, const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    const ssize_t n = write(file, text.data() + at, text.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    at += static_cast<size_t>(n);
  }
}

void print(const std::string& text, const Options& options) {
  if (options.report == Options::Report::none || text.empty()) return;
  if (options.report != Options::Report::path) {
    write_all(STDERR_FILENO, text);
    return;
  }
  const std::string path(options.report_path.data, options.report_path.size);
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) {
    complain("run: cannot write to " + path + ": " + std::strerror(errno));
    return;
  }
  write_all(file, text);
  close(file);
}

}  // namespace

void forget(const run::Outcome& outcome) { run::remove_run(outcome.folder); }

bool parse_saved(const std::string& text, Saved* saved, std::string* error) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals + 1 == text.size()) {
    *error = "--out takes FORMAT=FILE, not '" + text + "'";
    return false;
  }
  saved->renderer = render::renderer_named(text.substr(0, equals), error);
  saved->file = text.substr(equals + 1);
  return saved->renderer != nullptr;
}

void tell(run::Outcome& outcome, const Options& options, const std::vector<Saved>& saved_to) {
  run::Record& record = outcome.record;
  const bool always = options.report == Options::Report::always;
  std::ostringstream text;
  text << about_remnants(record.remnants);
  for (const std::string& path : record.removed) text << "lifeguard: removed " << render::visible(path) << '\n';
  record.errors = record.warnings = 0;
  report::Report report;
  report.run.id = outcome.folder.substr(outcome.folder.rfind('/') + 1);
  report.run.folder = outcome.folder;
  report.run.host = record.host;
  report.run.command = record.command;
  report.run.labels = record.labels;
  report.run.started = record.began;
  report.run.ended = record.ended;
  if (has_ledger(outcome.folder)) {
    bool saved = false;
    std::string error;
    if (report::open_run(outcome.folder, {}, &report, &saved, &error)) {
      report::finish_run(&report.run);
      symbols::DwarfSymbols symbols(/*network=*/false);
      judge::Settings settings;
      settings.names_only_where_it_matters = true;
      judge::judge(settings, symbols, &report);
      record.errors = static_cast<int64_t>(report.totals().error);
      record.warnings = static_cast<int64_t>(report.totals().warning);
      std::error_code ignored;
      const std::string cwd = std::filesystem::current_path(ignored).string();
      tell_refusals(report.run, symbols, cwd, text);
      render::summary(report, {cwd, own_command(), record.first.pid, always}, text);
      for (const std::string& trouble : report.run.troubles) complain(trouble);
    } else {
      complain("run: " + error);
    }
  } else if (always) {
    text << "lifeguard: " << render::visible(record.command.front()) << "; nothing was left\n";
  }
  print(text.str(), options);
  for (const Saved& one : saved_to) {
    std::ofstream file(one.file, std::ios::trunc);
    if (file) one.renderer->render(report, {}, file);
    file.close();
    if (!file) complain("run: cannot write " + one.file + ": " + std::strerror(errno));
  }
  std::string error;
  if (options.keep == Options::Keep::never && record.remnants.empty())
    run::remove_run(outcome.folder);
  else
    run::write_record(outcome.folder, record, &error);
}

void say_what_earlier_runs_left(const std::string& store) {
  for (const std::string& folder : run::marked_runs(store.empty() ? run::default_store() : store)) {
    run::Record record;
    std::string error;
    if (!run::read_record(folder, &record, &error)) continue;
    if (record.lives()) continue;
    const std::vector<run::Living> living = run::living_members(folder, &record);
    if (living.empty()) {
      run::close_run(folder, &record);
      continue;
    }
    std::string line = "run " + folder.substr(folder.rfind('/') + 1) + " has ended, and of it still lives: ";
    for (size_t i = 0; i < std::min<size_t>(living.size(), 3); ++i)
      line += (i ? ", " : "") + render::cut_middle(living[i].command, 60) + " (" + std::to_string(living[i].pid) + ')';
    if (living.size() > 3) line += " and " + std::to_string(living.size() - 3) + " more";
    complain(line + "; lifeguard cleanup --stale ends that");
  }
}

}  // namespace lifeguard::tools
