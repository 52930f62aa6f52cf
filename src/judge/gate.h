// The verdict on a judged report: whether what was found lets a build go on.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "src/report/model.h"

namespace lifeguard::judge {

struct Gate {
  report::Severity fail_on = report::Severity::error;  // off: never
  std::map<std::string, uint64_t> most;                // by kind: that many may be left, of whatever weight
  bool require_watched = false;                        // a program that could not be watched is missing data
  bool strict = false;                                 // an entry of the baseline that nothing was seen of fails
};

struct Outcome {
  uint64_t errors = 0, warnings = 0, suppressed = 0;  // findings
  std::vector<std::string> missing;                   // records that are not there, and whose: one line each
  std::vector<std::string> failed;                    // why it fails, where that is not to be seen from the findings
  bool fails = false;

  const char* verdict() const { return !missing.empty() ? "incomplete" : fails ? "fail" : "pass"; }
  int status() const { return !missing.empty() ? 3 : fails ? 1 : 0; }
};

// stale: entries of the baseline that nothing was seen of.
Outcome decide(const Gate& gate, const report::Report& report, size_t stale);

// With tests that were repeated in one process (their phases end in "[2/5]"): what was acquired in the first round
// alone does not grow, and becomes a note.
void forgive_first_round(report::Report* report);

}  // namespace lifeguard::judge
