#include "tools/gating.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

#include "src/judge/words.h"
#include "src/render/phrases.h"
#include "src/symbols/dwarf_symbols.h"
#include "tools/command.h"
#include "tools/gather.h"

namespace lifeguard::tools {
namespace {

constexpr size_t lines_shown = 10;

void say_some(const std::vector<std::string>& lines, const std::string& what) {
  for (size_t i = 0; i < std::min(lines.size(), lines_shown); ++i) complain(what + lines[i]);
  if (lines.size() > lines_shown) complain(what + "and " + std::to_string(lines.size() - lines_shown) + " more");
}

std::vector<std::string> unwatched_programs(const report::Run& run) {
  std::map<std::string, uint64_t> programs;
  for (const report::Unwatched& one : run.unwatched) ++programs[one.exe + " (" + one.why + ')'];
  std::vector<std::string> lines;
  for (const auto& [program, count] : programs)
    lines.push_back(program + (count > 1 ? ", " + std::to_string(count) + " times" : ""));
  return lines;
}

}  // namespace

std::shared_ptr<Judging> Judging::declare(Arguments& arguments) {
  auto judging = std::make_shared<Judging>();
  arguments.text("--store", "DIR", judging->store_, "where runs are kept");
  arguments.texts("--severity", "CLASS=SEVERITY", judging->severities_,
                  "what a class of findings weighs: error, warning, note or off; may be given again");
  arguments.text("--own", "GLOB,...", judging->own_,
                 "modules and source files that count as own code besides the default");
  arguments.texts("--suppressions", "FILE", judging->files_, "rules for what is known and meant; may be given again");
  arguments.flag("--no-defaults", judging->no_defaults_,
                 "without the rules that come with lifeguard (`suppress --defaults` lists them)");
  return judging;
}

bool Judging::prepare(std::string* error) {
  if (!parse_severities(severities_, &settings_, error)) return false;
  settings_.own = own_;
  settings_.shipped_rules = !no_defaults_;
  for (const std::string& file : files_)
    if (!suppressions_.read(file, error)) return false;
  return true;
}

int Judging::gather(const std::vector<std::string>& names, report::Report* report) {
  symbols::DwarfSymbols symbols(/*network=*/true);
  const int status = tools::gather(names, store_, settings_, symbols, report);
  suppressions_.apply(judge::today(), report);
  return status;
}

void Judging::judge(const judge::Gate* verdict_alone, report::Report* report) {
  symbols::DwarfSymbols symbols(/*network=*/true);
  if (verdict_alone && files_.empty()) {
    judge::Settings brief = settings_;
    brief.names_only_where_it_matters = true;
    brief.names_of_ends = false;
    judge::judge(brief, symbols, report);
    if (const judge::Outcome seen = judge::decide(*verdict_alone, *report, 0);
        !seen.errors && !seen.warnings && seen.missing.empty())
      return;
  }
  judge::judge(settings_, symbols, report);
  suppressions_.apply(judge::today(), report);
}

void Judging::say_rules() const {
  std::vector<std::string> used, unused, expired;
  for (const judge::Rule& rule : suppressions_.rules()) {
    const std::string line = rule.place() + ": " + rule.text + (rule.reason.empty() ? "" : "  # " + rule.reason);
    if (rule.used) used.push_back(std::to_string(rule.used) + " by " + line);
    if (rule.expired)
      expired.push_back(line);
    else if (rule.above)
      unused.push_back(line + " (there are " + std::to_string(rule.above) + " in one process)");
    else if (!rule.used)
      unused.push_back(line);
  }
  for (const std::string& line : used) complain("suppressed " + line);
  for (const std::string& line : unused) complain("suppressed nothing: " + line);
  for (const std::string& line : expired) complain("expired: " + line);
}

std::shared_ptr<Gating> Gating::declare(Arguments& arguments) {
  auto gating = std::make_shared<Gating>();
  arguments.text("--fail-on", "SEVERITY", gating->fail_on_,
                 "the least severity that fails: error, warning or never (error)");
  arguments.texts("--max", "KIND=N", gating->most_,
                  "of that kind as many may be left in all, errors or not (fd: any descriptor); may be given again");
  arguments.flag("--require-watched", gating->require_watched_,
                 "programs that could not be watched make it incomplete");
  arguments.text("--baseline", "FILE", gating->baseline_file_,
                 "what is known: only what is new or more than that fails");
  arguments.flag("--update", gating->update_, "bring the counts in the baseline up to date; adds and removes nothing");
  arguments.flag("--prune", gating->prune_, "remove from the baseline what is gone, and lower its counts");
  arguments.flag("--strict", gating->strict_, "fail also where an entry of the baseline is stale");
  return gating;
}

bool Gating::prepare(std::string* error) {
  if (fail_on_ == "never") {
    gate_.fail_on = report::Severity::off;
  } else if (!report::severity_from(fail_on_, &gate_.fail_on) || gate_.fail_on < report::Severity::warning) {
    *error = "--fail-on takes error, warning or never, not '" + fail_on_ + "'" +
             judge::did_you_mean(fail_on_, {"error", "warning", "never"});
    return false;
  }
  for (const std::string& text : most_) {
    const size_t equals = std::min(text.find('='), text.size());
    const std::string kind = text.substr(0, equals);
    uint64_t number = 0;
    if (equals == text.size() || kind.empty() || !judge::to_number(text.substr(equals + 1), &number)) {
      *error = "--max takes KIND=N, as in file=3, not '" + text + "'";
      return false;
    }
    // A kind that only the program knows is none of the table; what is near one of the table is mistyped.
    if (const std::string near = judge::did_you_mean(kind, judge::classes_and_kinds());
        !judge::is_kind(kind) && !near.empty()) {
      *error = "--max: no kind is called '" + kind + "'" + near;
      return false;
    }
    gate_.most[kind] = number;
  }
  gate_.require_watched = require_watched_;
  gate_.strict = strict_;
  if (baseline_file_.empty() && (update_ || prune_ || strict_)) {
    *error = "--update, --prune and --strict are about a baseline; name it by --baseline FILE";
    return false;
  }
  return baseline_file_.empty() || baseline_.read(baseline_file_, error);
}

int Gating::write_baseline(std::optional<int> cmd, const judge::Outcome& outcome) {
  if (!update_ && !prune_) return 0;
  // A run that was cut short has not come by all that is known.
  if (cmd.value_or(0) != 0 || !outcome.missing.empty()) {
    complain(baseline_file_ + " stays as it is: the run failed or is incomplete");
    return 0;
  }
  if (update_) baseline_.update();
  if (prune_) baseline_.prune();
  if (!replace_file(baseline_file_, baseline_.text())) return exit_usage;
  complain("wrote " + baseline_file_ + ": " + render::counted(baseline_.size(), "finding"));
  return 0;
}

int Gating::conclude(const Judging& judging, Outputs& outputs, std::optional<int> cmd, Outputs::People people,
                     bool unreadable, report::Report* report) {
  if (!baseline_file_.empty()) baseline_.apply(report);
  const std::vector<std::string> stale = baseline_file_.empty() ? std::vector<std::string>() : baseline_.stale();
  judge::Outcome outcome = judge::decide(gate_, *report, stale.size());
  if (unreadable && outcome.missing.empty()) outcome.missing.emplace_back("a run could not be read");

  const bool worth_reading = outcome.errors || outcome.warnings || !outcome.missing.empty();
  int status = outputs.write(*report, gate_.fail_on, people, worth_reading) ? outcome.status() : exit_usage;
  judging.say_rules();
  say_some(stale, baseline_file_ + ": not seen any more: ");
  if (const int wrong = write_baseline(cmd, outcome)) status = wrong;
  say_some(unwatched_programs(report->run), "not watched: ");
  say_some(outcome.missing, "incomplete: ");
  for (const std::string& why : outcome.failed) complain(why);
  complain(std::string("verdict=") + outcome.verdict() + " errors=" + std::to_string(outcome.errors) +
           " warnings=" + std::to_string(outcome.warnings) + " suppressed=" + std::to_string(outcome.suppressed) +
           " cmd=" + (cmd ? std::to_string(*cmd) : "unknown"));
  return status;
}

bool replace_file(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new-" + std::to_string(getpid());
  errno = 0;
  std::ofstream file(fresh, std::ios::trunc);
  file << text;
  file.close();
  std::error_code wrong;
  if (file) std::filesystem::rename(fresh, path, wrong);
  if (file && !wrong) return true;
  complain("cannot write " + path + ": " + (wrong ? wrong.message() : std::strerror(errno)));
  std::filesystem::remove(fresh, wrong);
  return false;
}

}  // namespace lifeguard::tools
