#include "src/judge/recount.h"

#include <algorithm>
#include <map>
#include <string_view>

namespace lifeguard::judge {

void recount(report::Finding* finding) {
  std::map<std::string_view, uint64_t> counts;
  for (const report::Holding& one : finding->resources) ++counts[one.process];
  finding->count = finding->resources.size();
  finding->max_per_process = 0;
  for (const auto& [process, count] : counts) finding->max_per_process = std::max(finding->max_per_process, count);
  std::erase_if(finding->processes, [&](const std::string& process) { return !counts.contains(process); });
}

}  // namespace lifeguard::judge
