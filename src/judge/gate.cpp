#include "src/judge/gate.h"

#include <algorithm>
#include <cstdio>

#include "src/judge/words.h"
#include "src/ledger/layout.h"

namespace lifeguard::judge {
namespace {

using report::Finding;
using report::Severity;

struct Counter {
  const char* name;
  const char* what;
};
constexpr Counter counters[] = {
#define LIFEGUARD_COUNTER(name, what) {#name, what},
    LIFEGUARD_LOST(LIFEGUARD_COUNTER)
#undef LIFEGUARD_COUNTER
};

// Of a stack that is cut the record is there, and the innermost frames with it.
bool is_record(const std::string& counter) { return counter != "cut_stacks" && counter != "python"; }

const char* words_for(const std::string& counter) {
  for (const Counter& one : counters)
    if (counter == one.name) return one.what;
  return "records of a kind that this lifeguard does not know";
}

void look_for_gaps(const Gate& gate, const report::Run& run, Outcome* outcome) {
  if (run.unreadable || !run.troubles.empty()) {
    for (const std::string& trouble : run.troubles) outcome->missing.push_back(trouble);
    if (run.troubles.empty()) outcome->missing.push_back("a ledger could not be read");
  }
  for (const report::Process& process : run.processes) {
    const std::string who = "process " + process.id() + (process.exe.empty() ? "" : " (" + process.exe + ")") + ": ";
    if (!process.trouble.empty()) outcome->missing.push_back(who + process.trouble);
    for (const auto& [counter, count] : process.lost)
      if (count && is_record(counter))
        outcome->missing.push_back(who + std::to_string(count) + ' ' + words_for(counter));
  }
  if (!gate.require_watched) return;
  for (const report::Unwatched& one : run.unwatched)
    outcome->missing.push_back("not watched: " + one.exe + " (" + one.why + "), process " + std::to_string(one.pid));
}

// "name [2/5]" to 2; 0 where no round stands there.
unsigned round_of(const std::string& phase) {
  const size_t begin = phase.rfind(" [");
  unsigned round = 0, rounds = 0;
  int end = 0;
  if (begin == std::string::npos || std::sscanf(phase.c_str() + begin, " [%5u/%5u]%n", &round, &rounds, &end) != 2 ||
      rounds < 2)
    return 0;
  return phase.size() == begin + static_cast<size_t>(end) ? round : 0;
}

}  // namespace

void forgive_first_round(report::Report* report) {
  for (Finding& finding : report->findings) {
    const bool grows = std::any_of(finding.resources.begin(), finding.resources.end(),
                                   [](const report::Holding& one) { return round_of(one.phase) != 1; });
    if (grows || finding.resources.empty() || finding.severity <= Severity::note) continue;
    finding.severity = Severity::note;
    finding.reason = "made in the first round of a repeated test and not again: it does not grow";
  }
}

Outcome decide(const Gate& gate, const report::Report& report, size_t stale) {
  Outcome outcome;
  std::map<std::string, uint64_t> left;
  for (const Finding& finding : report.findings) {
    if (finding.severity <= Severity::note) continue;
    if (!finding.counts()) {
      ++outcome.suppressed;
      continue;
    }
    ++(finding.severity == Severity::error ? outcome.errors : outcome.warnings);
    const std::string* bounded = nullptr;  // a kind by its name goes before fd
    for (const auto& [kind, most] : gate.most)
      if (kind == finding.kind || (!bounded && kind == "fd" && descriptor_kind(finding.kind))) bounded = &kind;
    if (bounded)
      left[*bounded] += finding.count;
    else if (gate.fail_on != Severity::off && finding.severity >= gate.fail_on)
      outcome.fails = true;
  }
  for (const auto& [kind, count] : left) {
    const uint64_t most = gate.most.at(kind);
    if (count <= most) continue;
    outcome.failed.push_back(std::to_string(count) + " x " + kind + " left, and --max " + kind + '=' +
                             std::to_string(most) + " allows no more than that");
  }
  if (gate.strict && stale)
    outcome.failed.push_back(std::to_string(stale) + " entries of the baseline are stale (--strict)");
  outcome.fails = outcome.fails || !outcome.failed.empty();
  look_for_gaps(gate, report.run, &outcome);
  return outcome;
}

}  // namespace lifeguard::judge
