#include "src/judge/judge.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>

#include "src/judge/classes.h"
#include "src/judge/fingerprint.h"
#include "src/judge/own_code.h"
#include "src/judge/verdict.h"
#include "src/symbols/python.h"
#include "src/symbols/trim.h"

namespace lifeguard::judge {
namespace {

using report::Finding;
using report::Holding;
using report::Process;
using report::Resource;
using report::Severity;
using report::Stack;

// What of one process ends up in one finding. Reasons are literals: equal pointers will do.
struct Group {
  const Class* of;
  ledger::Kind kind;
  uint32_t site, closed, closed_first;
  Severity severity;
  const char* reason;
  std::string kind_name;
  auto key() const { return std::tie(of, kind, site, closed, closed_first, severity, reason, kind_name); }
  bool operator<(const Group& other) const { return key() < other.key(); }
};

class ProcessJudge {
 public:
  ProcessJudge(const Settings& settings, symbols::Source& symbols, const report::Run& run, const Process& process)
      : settings_(settings), symbols_(symbols), run_(run), process_(process), own_(process.own) {
    if (!settings.own.empty()) own_ += (own_.empty() ? "" : ",") + settings.own;
  }

  void findings(std::vector<Finding>* into) {
    for (const report::DoubleClose& twice : process_.double_closes)
      add(verdict(process_, twice), twice.what, "", twice.closed_again, twice.closed_first);
    for (const Resource& resource : process_.resources)
      if (const auto verdict = judge::verdict(run_, process_, resource)) add(*verdict, resource, "");
    for (const report::Thing& thing : process_.things)
      if (const auto verdict = judge::verdict(run_, process_, thing)) add(*verdict, thing, thing.name);
    for (auto& [group, holdings] : groups_)
      if (Finding finding; finish(group, std::move(holdings), &finding)) into->push_back(std::move(finding));
  }

  Stack stack(uint32_t number, bool names) {
    symbols::NoSymbols nameless;
    return stack_of(process_, number, names ? symbols_ : nameless, own_);
  }

 private:
  void add(const Verdict& verdict, const Resource& resource, const std::string& name, uint32_t closed = 0,
           uint32_t closed_first = 0) {
    const Group group{verdict.of,   resource.kind,    resource.site,  closed,
                      closed_first, verdict.severity, verdict.reason, resource.kind_name};
    const auto phase = process_.phases.find(resource.phase);
    groups_[group].push_back({resource.number, resource.detail, resource.born, resource.thread,
                              phase == process_.phases.end() ? "" : phase->second, verdict.state, resource.bytes,
                              process_.id(), name});
  }

  // As far as it goes without a look at the stack.
  Severity severity(const Group& group) const {
    auto asked = settings_.severities.find(group.of->name);
    return asked == settings_.severities.end() ? group.severity : asked->second;
  }

  // Whether it can be more than a note: names take own code away (where it is from the system's headers), and give none
  // but by own=.
  bool may_weigh(const Group& group, Severity severity) {
    if (severity <= Severity::note) return false;
    if (!own_.empty() || settings_.severities.contains(group.of->name)) return true;
    for (uint32_t number : {group.site, group.closed, group.closed_first})
      if (const Stack nameless = stack(number, false); first_own(nameless)) return true;
    return false;
  }

  bool finish(const Group& group, std::vector<Holding> holdings, Finding* finding) {
    finding->severity = severity(group);
    if (finding->severity == Severity::off) return false;
    const bool names = !settings_.names_only_where_it_matters || may_weigh(group, finding->severity);
    finding->name = group.of->name;
    finding->kind = !group.kind_name.empty()
                        ? group.kind_name
                        : ledger::kind_name(group.kind == ledger::Kind::none ? ledger::Kind::descriptor : group.kind);
    finding->remedy = group.of->remedy;
    finding->reason = group.reason;
    finding->site = stack(group.site, names);
    bool own = first_own(finding->site) != nullptr;
    if (group.of == &double_close) {
      for (auto [name, number] : {std::pair("closed", group.closed), std::pair("closed_first", group.closed_first)}) {
        Stack& other = finding->other_sites[name] = stack(number, names);
        own = own || first_own(other) != nullptr;
      }
    }
    if (!own && !settings_.severities.contains(finding->name))
      finding->severity = std::min(finding->severity, Severity::note);
    // Where nobody saw the creation (an inherited descriptor), the second close is all there is to know it by.
    const Stack& named_by = finding->site.empty() && group.closed ? finding->other_sites["closed"] : finding->site;
    const Fingerprint print = fingerprint(finding->kind, named_by);
    finding->fingerprint = print.digits;
    finding->unstable = print.unstable;
    finding->count = finding->max_per_process = holdings.size();
    finding->processes = {process_.id()};
    finding->resources = std::move(holdings);
    return true;
  }

  const Settings& settings_;
  symbols::Source& symbols_;
  const report::Run& run_;
  const Process& process_;
  std::string own_;
  std::map<Group, std::vector<Holding>> groups_;
};

// Two stacks are one where they read the same: a compiler that unrolls a loop makes several calls of one line.
std::string stack_key(const Stack& stack) {
  std::string key;
  for (const report::Frame& frame : stack) {
    if (!frame.function.empty() && (frame.line > 0 || symbols::python(frame))) {
      key += frame.module + '\t' + frame.function + '\t' + frame.file + '\t' + std::to_string(frame.line) + '\n';
    } else {
      key += frame.build_id.empty() ? frame.module : frame.build_id;
      key += '+' + std::to_string(frame.offset) + (frame.exact ? "!" : "") + '\n';
    }
  }
  return key;
}

std::string merge_key(const Finding& finding) {
  std::string key = finding.name + '\n' + finding.kind + '\n' + finding.fingerprint + '\n' + finding.reason + '\n' +
                    stack_key(finding.site);
  for (const auto& [name, stack] : finding.other_sites) key += name + '\n' + stack_key(stack);
  return key;
}

// After findings were joined: each process once, resources in order, the largest count in any one process.
void settle(Finding* finding) {
  auto& processes = finding->processes;
  std::set<std::string> said;
  std::erase_if(processes, [&said](const std::string& process) { return !said.insert(process).second; });
  std::stable_sort(finding->resources.begin(), finding->resources.end(), [](const Holding& a, const Holding& b) {
    return std::tie(a.process, a.number, a.name) < std::tie(b.process, b.number, b.name);
  });
  std::map<std::string_view, uint64_t> counts;
  for (const Holding& one : finding->resources)
    finding->max_per_process = std::max(finding->max_per_process, ++counts[one.process]);
}

}  // namespace

Stack stack_of(const Process& process, uint32_t number, symbols::Source& symbols, const std::string& own) {
  Stack frames;
  auto site = process.sites.find(number);
  if (site == process.sites.end()) return frames;
  static const report::Module none;
  symbols::NoSymbols nameless;
  for (uint64_t raw : site->second.frames) {
    const uint32_t module = ledger::frame_module(raw);
    const bool exact = (raw & ledger::frame_exact) != 0;
    if (module == ledger::frame_python) {
      const auto code = process.python.find(ledger::frame_python_code(raw));
      const int line = static_cast<int>(raw & ledger::frame_python_line);
      if (code != process.python.end()) frames.push_back(symbols::python_frame(code->second, line, process.cwd));
    } else if (module < process.modules.size()) {
      for (report::Frame& frame : symbols.resolve(process.modules[module], ledger::frame_offset(raw), exact))
        frames.push_back(std::move(frame));
    } else {
      report::Frame frame = nameless.resolve(none, ledger::frame_offset(raw), exact).front();
      frame.note = "generated code, of no file";
      frames.push_back(std::move(frame));
    }
  }
  symbols::trim(&frames);
  mark_own(&frames, process.run_exe, own);
  return frames;
}

void merge(std::vector<Finding>* findings) {
  std::map<std::string, size_t> seen;
  std::vector<Finding> merged;
  for (Finding& finding : *findings) {
    auto [known, added] = seen.try_emplace(merge_key(finding), merged.size());
    if (added) {
      merged.push_back(std::move(finding));
      continue;
    }
    Finding& into = merged[known->second];
    into.severity = std::max(into.severity, finding.severity);
    into.count += finding.count;
    std::move(finding.resources.begin(), finding.resources.end(), std::back_inserter(into.resources));
    into.max_per_process = std::max(into.max_per_process, finding.max_per_process);
    std::move(finding.processes.begin(), finding.processes.end(), std::back_inserter(into.processes));
  }
  for (Finding& finding : merged) settle(&finding);
  std::stable_sort(merged.begin(), merged.end(), [](const Finding& a, const Finding& b) {
    if (a.severity != b.severity) return a.severity > b.severity;
    return a.count > b.count;
  });
  *findings = std::move(merged);
}

void judge(const Settings& settings, symbols::Source& symbols, report::Report* report) {
  report->findings.clear();
  report->end_sites.clear();
  for (Process& process : report->run.processes) process.shipped = settings.shipped_rules;
  for (const Process& process : report->run.processes) {
    ProcessJudge judge(settings, symbols, report->run, process);
    judge.findings(&report->findings);
    if (Stack site = judge.stack(process.end.site, settings.names_of_ends); !site.empty())
      report->end_sites[process.id()] = std::move(site);
  }
  merge(&report->findings);
}

}  // namespace lifeguard::judge
