// What the library prints as a process ends: errors and warnings alone, a line or two for each site, what they all have
// in common said once, and where to read on. It goes to other people's logs, so it is short and has no colour.
#include <algorithm>
#include <map>
#include <set>

#include "src/render/escape.h"
#include "src/render/phrases.h"
#include "src/render/renderer.h"

namespace lifeguard::render {
namespace {

using report::Finding;
using report::Process;

constexpr size_t sites_shown = 8;
constexpr unsigned widest = 160;

std::string prefix(const std::string& line) { return "lifeguard: " + line; }

std::string name_of(const Process& process) {
  return visible(process.exe.substr(process.exe.rfind('/') + 1)) + " (" + std::to_string(process.pid) + ')';
}

const report::Stack& changed_at(const Finding& finding) {
  auto closed = finding.other_sites.find("closed");
  return closed == finding.other_sites.end() ? finding.site : closed->second;
}

std::string examples(const Finding& finding) {
  std::string line;
  std::set<std::string> said;
  for (const report::Holding& one : finding.resources) {
    const std::string what = detail(one);
    if (what.empty() || !said.insert(what).second) continue;
    if (said.size() > 3) return line + ", ...";
    line += (line.empty() ? "" : ", ") + cut_middle(what, 60);
  }
  return line;
}

}  // namespace

bool summary(const report::Report& report, const SummaryLook& look, std::ostream& out) {
  std::vector<const Finding*> said;
  for (const Finding& finding : report.findings)
    if (finding.severity > report::Severity::note && finding.counts()) said.push_back(&finding);
  const Process* ending_now = nullptr;
  for (const Process& process : report.run.processes) {
    if (process.pid == look.pid && (!ending_now || process.image > ending_now->image)) ending_now = &process;
  }
  std::string where;
  if (ending_now)
    if (auto site = report.end_sites.find(ending_now->id()); site != report.end_sites.end())
      where = at(site->second, look.cwd);
  const std::string who =
      ending_now ? name_of(*ending_now) + ' ' + ending(*ending_now) + where : visible(report.run.id);
  if (said.empty()) {
    if (look.always) out << prefix(who + "; nothing was left") << '\n';
    return look.always;
  }
  out << prefix(who + "; " + counted(said.size(), "site") + " left something behind") << '\n';
  std::map<std::string, std::string> remedies;
  for (size_t i = 0; i < std::min(said.size(), sites_shown); ++i) {
    const Finding& finding = *said[i];
    out << "  "
        << cut(report::severity_name(finding.severity) + (": " + headline(report, finding)) +
                   at(changed_at(finding), look.cwd),
               widest)
        << '\n';
    if (const std::string what = examples(finding); !what.empty()) out << "      " << cut(what, widest) << '\n';
    remedies[finding.name] = visible(finding.remedy);
  }
  if (said.size() > sites_shown) out << "  and " << said.size() - sites_shown << " more\n";
  for (const auto& [name, remedy] : remedies) out << "  remedy for " << visible(name) << ": " << remedy << '\n';
  out << prefix("all of it: " + look.command + " report " + command_line({report.run.folder})) << '\n';
  return true;
}

}  // namespace lifeguard::render
