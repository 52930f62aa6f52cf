// What one resource amounts to: its class, its weight as far as that can be told without its stack, and why. A pure
// function of the run: whatever the system had to be asked stands in it.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "src/judge/classes.h"
#include "src/report/model.h"

namespace lifeguard::judge {

struct Verdict {
  const Class* of = nullptr;
  report::Severity severity = report::Severity::note;
  const char* reason = "";  // where the class alone does not explain the severity; a literal
  std::string state = "live";
};

// Nothing: it is no finding.
std::optional<Verdict> verdict(const report::Run& run, const report::Process& process,
                               const report::Resource& descriptor);
std::optional<Verdict> verdict(const report::Run& run, const report::Process& process, const report::Thing& thing);
Verdict verdict(const report::Process& process, const report::DoubleClose& twice);

}  // namespace lifeguard::judge
