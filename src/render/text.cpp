// The report for people. The run and how it ended first, then what could not be kept, then findings: the most severe
// and most numerous first, each with its stack, the first line of own code standing out. Notes take one line each.
#include <algorithm>
#include <map>

#include "src/ledger/layout.h"
#include "src/render/escape.h"
#include "src/render/excerpt.h"
#include "src/render/painter.h"
#include "src/render/phrases.h"
#include "src/render/renderer.h"
#include "src/render/tree.h"
#include "src/report/time_text.h"

namespace lifeguard::render {
namespace {

using report::Finding;
using report::Frame;
using report::Process;
using report::Severity;

constexpr size_t processes_shown = 30, unwatched_shown = 5, resources_shown = 4, frames_shown = 12, many_alike = 3;
constexpr unsigned longest_name = 120, longest_command = 60, deepest_shown = 16;

class Text {
 public:
  Text(const report::Report& report, const Look& look, std::ostream& out)
      : report_(report), look_(look), paint_(out, look) {}

  void write() {
    header();
    troubles();
    std::vector<std::vector<const Finding*>> folded;
    for (const Finding& finding : report_.findings) {
      if (!shown(finding)) continue;
      if (fold(finding))
        add(finding, &folded);
      else
        full(finding);
    }
    if (!folded.empty()) paint_.line();
    for (const std::vector<const Finding*>& group : folded) {
      if (group.size() >= many_alike)
        habit(group);
      else
        for (const Finding* finding : group) note(*finding);
    }
    totals(!folded.empty());
  }

 private:
  bool shown(const Finding& finding) const { return finding.counts() || look_.all; }

  // What a running process holds is no fault, but it is what one wants to see of it.
  bool fold(const Finding& finding) const {
    return finding.severity <= Severity::note && !look_.all && !held_now(report_, finding);
  }

  // Notes that have the same reason are one habit, at however many places.
  static bool alike(const Finding& a, const Finding& b) {
    return !a.reason.empty() && a.reason == b.reason && a.name == b.name && a.kind == b.kind &&
           a.processes.size() == 1 && a.processes == b.processes;
  }
  static void add(const Finding& finding, std::vector<std::vector<const Finding*>>* groups) {
    for (std::vector<const Finding*>& group : *groups)
      if (alike(*group.front(), finding)) return group.push_back(&finding);
    groups->push_back({&finding});
  }

  void header() {
    const report::Run& run = report_.run;
    paint_.put("run ").put(visible(run.id), Ink::strong).line();
    if (!run.command.empty()) paint_.put("  ").put(command_line(run.command)).line();
    std::string when = report::rfc3339(run.started);
    if (when.size() > 19) when = when.substr(0, 10) + ' ' + when.substr(11, 8) + " UTC";
    std::string facts = when;
    if (run.ended > run.started && run.started) facts += ", took " + duration(run.ended - run.started);
    if (!run.host.empty()) facts += (facts.empty() ? "on " : ", on ") + visible(run.host);
    for (const auto& [name, value] : run.labels) facts += ", " + visible(name) + '=' + visible(value);
    if (!facts.empty()) paint_.put("  ").put(facts, Ink::dim).line();

    if (run.processes.size() == 1)
      process(run.processes.front());
    else
      tree();
    unwatched();
  }

  void outcome(const Process& process) {
    const bool well = process.end.how == report::End::How::exit && process.end.status == 0;
    const bool killed = process.end.how == report::End::How::signal || process.end.how == report::End::How::vanished;
    paint_.put(ending(process), killed ? Ink::warning : well ? Ink::good : Ink::plain);
    if (auto site = report_.end_sites.find(process.id()); site != report_.end_sites.end())
      paint_.put(at(site->second, look_.cwd));
    const report::Cleanup& done = process.cleanup;
    if (done.closed) paint_.put("; lifeguard closed " + std::to_string(done.closed));
    if (done.ended) paint_.put((done.closed ? " and" : "; lifeguard") + (" ended " + counted(done.ended, "process")));
  }

  void process(const Process& process) {
    paint_.put("  process " + process.id() + ' ');
    outcome(process);
    paint_.line();
    if (auto site = report_.end_sites.find(process.id()); site != report_.end_sites.end()) stack("", site->second);
  }

  void tree() {
    const auto& processes = report_.run.processes;
    const std::vector<Branch> branches = tree_of(report_.run);
    const size_t shown = look_.all ? branches.size() : std::min(branches.size(), processes_shown);
    const std::map<std::string, std::string> left = what_each_left();
    for (size_t i = 0; i < shown; ++i) {
      const Process& process = processes[branches[i].process];
      const std::string id = process.id();
      paint_.put("  " + std::string(2 * std::min(branches[i].depth, deepest_shown), ' ') + id + ' ');
      std::string command = process.command.empty() ? visible(process.exe) : command_line(process.command);
      if (!look_.all) command = cut(command, longest_command);
      if (!command.empty()) paint_.put(command + "  ", Ink::strong);
      outcome(process);
      if (const auto one = left.find(id); one != left.end()) paint_.put("; " + one->second, Ink::warning);
      paint_.line();
    }
    if (shown == branches.size()) return;
    std::map<std::string, uint64_t> others;
    for (size_t i = shown; i < branches.size(); ++i) ++others[ending(processes[branches[i].process])];
    std::string line;
    for (const auto& [how, count] : others) line += (line.empty() ? "" : ", ") + std::to_string(count) + ' ' + how;
    paint_.put("  and " + std::to_string(branches.size() - shown) + " more: " + line, Ink::dim).line();
  }

  // "2 files, 1 process", of what is more than a note.
  std::map<std::string, std::string> what_each_left() const {
    std::map<std::string, std::map<std::string, uint64_t>> counts;
    for (const Finding& finding : report_.findings)
      if (finding.severity > Severity::note && finding.counts())
        for (const report::Holding& one : finding.resources) ++counts[one.process][finding.kind];
    std::map<std::string, std::string> texts;
    for (const auto& [process, kinds] : counts) {
      std::string& text = texts[process];
      for (const auto& [kind, count] : kinds) text += (text.empty() ? "" : ", ") + counted(count, visible(kind));
    }
    return texts;
  }

  void unwatched() {
    std::map<std::pair<std::string, std::string>, uint64_t> programs;
    for (const report::Unwatched& one : report_.run.unwatched) ++programs[{one.exe, one.why}];
    size_t left = look_.all ? programs.size() : unwatched_shown;
    for (const auto& [program, count] : programs) {
      if (left-- == 0) {
        paint_
            .put("  and " + std::to_string(programs.size() - unwatched_shown) + " more programs were not watched",
                 Ink::dim)
            .line();
        return;
      }
      paint_.put("  not watched: ", Ink::dim).put(visible(program.first) + " (" + visible(program.second) + ')');
      if (count > 1) paint_.put(", " + std::to_string(count) + " times", Ink::dim);
      paint_.line();
    }
  }

  void troubles() {
    for (const std::string& trouble : report_.run.troubles)
      paint_.put("  ! ", Ink::warning).sentence(visible(trouble), 4);
    std::map<std::string, uint64_t> lost;
    uint64_t uncompared = 0;
    for (const Process& process : report_.run.processes) {
      if (!process.trouble.empty())
        paint_.put("  ! ", Ink::warning).put("process " + process.id() + ": " + visible(process.trouble)).line();
      for (const auto& [counter, count] : process.lost) lost[counter] += count;
      const bool could = process.end.how == report::End::How::exit || process.end.how == report::End::How::running;
      if (could && !process.compared && !process.ledger.empty()) ++uncompared;
    }
#define LIFEGUARD_SAY_LOST(name, what) \
  if (lost[#name]) paint_.put("  ! ", Ink::warning).put("lost: " + std::to_string(lost[#name]) + " " what).line();
    LIFEGUARD_LOST(LIFEGUARD_SAY_LOST)
#undef LIFEGUARD_SAY_LOST
    if (uncompared)
      paint_.put("  ! ", Ink::warning)
          .put(counted(uncompared, "process") +
               " could not be compared with /proc: what was closed out of sight is still listed")
          .line();
  }

  void full(const Finding& finding) {
    paint_.line();
    paint_.put(report::severity_name(finding.severity), ink_of(finding.severity)).put(": ");
    paint_.put(headline(report_, finding), Ink::strong).put(at(leading_site(finding), look_.cwd)).line();
    resources(finding);
    // Of a double close the second one comes first: that is the line to change.
    if (auto closed = finding.other_sites.find("closed"); closed != finding.other_sites.end())
      stack("closed again", closed->second);
    if (auto first = finding.other_sites.find("closed_first"); first != finding.other_sites.end())
      stack("closed first", first->second);
    stack(finding.other_sites.empty() ? "" : "opened", finding.site);
    if (!finding.reason.empty()) paint_.put("  why: ", Ink::dim).sentence(visible(finding.reason), 7);
    if (!finding.suppressed_by.empty())
      paint_.put("  suppressed by ", Ink::dim)
          .put(visible(finding.suppressed_by + "  " + finding.suppressed_why))
          .line();
    if (!finding.baseline.empty()) paint_.put("  baseline: ", Ink::dim).put(visible(finding.baseline)).line();
    paint_.put("  remedy: ", Ink::good).sentence(visible(finding.remedy), 10);
    paint_
        .put("  " + visible(finding.name) + ' ' + visible(finding.fingerprint) +
                 (finding.unstable ? " (of this build only)" : ""),
             Ink::dim)
        .line();
  }

  static const report::Stack& leading_site(const Finding& finding) {
    auto closed = finding.other_sites.find("closed");
    return closed == finding.other_sites.end() ? finding.site : closed->second;
  }

  void resources(const Finding& finding) {
    const auto& all = finding.resources;
    const size_t shown = look_.all || all.size() <= resources_shown + 1 ? all.size() : resources_shown;
    unsigned widest = 0;
    for (size_t i = 0; i < shown; ++i) widest = std::max(widest, columns(detail(all[i])));
    if (look_.width) widest = std::min(widest, look_.width / 2);
    for (size_t i = 0; i < shown; ++i) {
      const report::Holding& one = all[i];
      std::string number = "  " + label(finding, one);
      if (one.name.empty()) number.resize(std::max<size_t>(number.size(), 7) + 2, ' ');
      paint_.put(number, Ink::dim).put(cut_middle(detail(one), look_.width ? widest : 0));
      std::string rest;
      if (const report::Time held = held_for(report_, one)) rest += "  held " + duration(held);
      if (one.state == "closing") rest += "  (perhaps closed: killed in between)";
      if (finding.processes.size() > 1) rest += "  process " + visible(one.process);
      if (!rest.empty()) paint_.pad((one.name.empty() ? 9 : 2) + widest).put(rest, Ink::dim);
      paint_.line();
    }
    if (shown < all.size()) paint_.put("  and " + std::to_string(all.size() - shown) + " more", Ink::dim).line();
  }

  void stack(const std::string& title, const report::Stack& frames) {
    if (!title.empty()) paint_.put("  " + title, Ink::strong).line();
    if (frames.empty()) {
      paint_.put("    stack not known", Ink::dim).line();
      return;
    }
    const size_t shown = look_.all || frames.size() <= frames_shown + 1 ? frames.size() : frames_shown;
    unsigned widest = 0;
    for (size_t i = 0; i < shown; ++i) widest = std::max(widest, columns(place(frames[i], look_.cwd)));
    if (look_.width) widest = std::min(widest, look_.width / 2);
    widest = std::min(widest, 60u);
    const Frame* lead = leading(frames);
    for (size_t i = 0; i < shown; ++i) {
      const Frame& frame = frames[i];
      const bool first = &frame == lead;
      const Ink ink = first ? Ink::strong : frame.own ? Ink::plain : Ink::dim;
      paint_.put(first ? "  > " : "    ", Ink::strong)
          .put(cut_middle(place(frame, look_.cwd), look_.width ? widest : 0), ink);
      paint_.pad(4 + widest).put("  ").put(look_.all ? function(frame) : cut(function(frame), longest_name), ink);
      if (frame.inlined) paint_.put(" (inlined)", Ink::dim);
      if (!frame.note.empty()) paint_.put("  [" + visible(frame.note) + ']', Ink::dim);
      paint_.line();
      if (!first) continue;
      if (const std::string source = excerpt(frame); !source.empty())
        paint_.put("    | ", Ink::dim).put(source, Ink::note).line();
    }
    if (shown < frames.size())
      paint_.put("    and " + std::to_string(frames.size() - shown) + " more frames", Ink::dim).line();
  }

  void note(const Finding& finding) { note(finding, at(leading_site(finding), look_.cwd)); }
  void habit(const std::vector<const Finding*>& group) {
    Finding all = *group.front();
    all.count = 0;
    for (const Finding* one : group) all.count += one->count;
    note(all, " at " + std::to_string(group.size()) + " places");
  }
  void note(const Finding& finding, const std::string& where) {
    paint_.put("note", Ink::note).put(": " + headline(report_, finding) + where);
    std::string rest;
    if (!finding.resources.empty() && !finding.resources.front().detail.empty())
      rest = (finding.count > 1 ? ", one is " : ": ") + cut_middle(detail(finding.resources.front()), 60);
    if (!finding.reason.empty()) rest += " (" + visible(finding.reason) + ')';
    paint_.put(rest, Ink::dim).line();
  }

  void totals(bool folded) {
    const report::Totals totals = report_.totals();
    paint_.line();
    if (report_.findings.empty()) {
      bool running = false;
      for (const Process& process : report_.run.processes)
        running = running || process.end.how == report::End::How::running;
      paint_.put(running ? "nothing is held" : "nothing was left", Ink::good).line();
      return;
    }
    paint_.put(counted(totals.error, "error"), totals.error ? Ink::error : Ink::plain).put(", ");
    paint_.put(counted(totals.warning, "warning"), totals.warning ? Ink::warning : Ink::plain).put(", ");
    paint_.put(counted(totals.note, "note"));
    if (totals.suppressed) paint_.put(", " + std::to_string(totals.suppressed) + " suppressed or known");
    if (folded || totals.suppressed) paint_.put("  (--all shows everything in full)", Ink::dim);
    paint_.line();
  }

  const report::Report& report_;
  const Look& look_;
  Painter paint_;
};

}  // namespace

void text(const report::Report& report, const Look& look, std::ostream& out) { Text(report, look, out).write(); }

}  // namespace lifeguard::render
