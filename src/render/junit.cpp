// JUnit XML, as Jenkins' schema has it. Where the program told its tests (phases), each of them is a test case, and
// fails by what was taken in it and not given back; what belongs to no test, or where none are known, is a case by its
// class and site.
#include <cstdio>
#include <map>
#include <set>

#include "src/render/escape.h"
#include "src/render/phrases.h"
#include "src/render/renderer.h"
#include "src/render/spot.h"
#include "src/report/time_text.h"

namespace lifeguard::render {
namespace {

using report::Finding;

constexpr size_t frames_shown = 24;

// visible() leaves what a terminal can take; of that XML refuses two characters, and has a meaning for five.
std::string xml(const std::string& text) {
  std::string safe;
  const std::string shown = visible(text);
  for (size_t i = 0; i < shown.size(); ++i) {
    switch (shown[i]) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&apos;";
        break;
      default:
        if (shown.compare(i, 2, "\xef\xbf") == 0 && i + 2 < shown.size() &&
            static_cast<uint8_t>(shown[i + 2]) >= 0xbe) {
          safe += '?';
          i += 2;
        } else {
          safe += shown[i];
        }
    }
  }
  return safe;
}

std::string lines(const std::string& text) {  // of several: the ends of lines stay
  std::string safe;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    safe += (begin ? "\n" : "") + xml(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return safe;
}

struct Case {
  std::string group, name;
  std::vector<const Finding*> findings;
};

std::vector<Case> cases_of(const report::Report& report, const Look& look) {
  std::vector<Case> cases;
  std::map<std::string, size_t> tests;
  const auto test = [&](const std::string& phase) -> Case& {
    const auto [known, added] = tests.try_emplace(phase, cases.size());
    if (added) cases.push_back({"lifeguard", phase, {}});
    return cases[known->second];
  };
  for (const report::Process& process : report.run.processes)
    for (const auto& [number, phase] : process.phases) test(phase);
  for (const Finding* finding : reviewed(report, look, Suppressed::shown)) {
    std::set<std::string> phases;
    for (const report::Holding& one : finding->resources)
      if (!one.phase.empty()) phases.insert(one.phase);
    for (const std::string& phase : phases) test(phase).findings.push_back(finding);
    if (!phases.empty()) continue;
    const Spot where = spot(*finding, look.root);
    std::string name = where.function.empty() ? where.file : where.function;
    if (where.line) name += " (" + where.file + ':' + std::to_string(where.line) + ')';
    cases.push_back({"lifeguard." + finding->name, name.empty() ? finding->fingerprint : name, {finding}});
  }
  if (cases.empty()) cases.push_back({"lifeguard", "nothing was left", {}});
  std::set<std::pair<std::string, std::string>> used;
  for (Case& one : cases) {
    const std::string name = one.name;
    for (int n = 2; !used.emplace(one.group, one.name).second; ++n) one.name = name + " #" + std::to_string(n);
  }
  return cases;
}

std::string body(const report::Report& report, const Finding& finding, const Look& look) {
  std::string text =
      summary_line(report, finding) + '\n' + stack_text(site_to_change(finding), look.root, frames_shown) +
      "\nremedy: " + visible(finding.remedy) + '\n' + visible(finding.name) + ' ' + visible(finding.fingerprint);
  for (const auto& [name, stack] : finding.other_sites)
    if (&stack != &site_to_change(finding))
      text += '\n' + visible(name) + ":\n" + stack_text(stack, look.root, frames_shown);
  return text;
}

bool fails(const Finding& finding, const Look& look) {
  return finding.counts() && look.fail_on != report::Severity::off && finding.severity >= look.fail_on;
}

void one_case(const report::Report& report, const Case& one, const Look& look, std::ostream& out) {
  out << "    <testcase classname=\"" << xml(one.group) << "\" name=\"" << xml(one.name) << "\" time=\"0\"";
  if (one.findings.empty()) {
    out << "/>\n";
    return;
  }
  out << ">\n";
  const Finding* left_out = nullptr;
  std::string remarks;
  bool failed = false;
  for (const Finding* finding : one.findings) {
    if (!finding->counts()) {
      left_out = finding;
    } else if (fails(*finding, look)) {
      failed = true;
      out << "      <failure type=\"" << xml(finding->name) << "\" message=\"" << xml(summary_line(report, *finding))
          << "\">" << lines(body(report, *finding, look)) << "</failure>\n";
    } else {
      remarks += (remarks.empty() ? "" : "\n\n") + std::string(report::severity_name(finding->severity)) + ": " +
                 body(report, *finding, look);
    }
  }
  if (left_out && !failed && remarks.empty())
    out << "      <skipped type=\"" << xml(left_out->name) << "\" message=\""
        << xml(left_out->suppressed_by.empty()
                   ? "known to the baseline"
                   : "suppressed by " + left_out->suppressed_by + ' ' + left_out->suppressed_why)
        << "\"/>\n";
  if (!remarks.empty()) out << "      <system-out>" << lines(remarks) << "</system-out>\n";
  out << "    </testcase>\n";
}

}  // namespace

void junit(const report::Report& report, const Look& look, std::ostream& out) {
  const std::vector<Case> cases = cases_of(report, look);
  size_t failures = 0, skipped = 0;
  for (const Case& one : cases) {
    bool any = false, counts = false;
    for (const Finding* finding : one.findings) {
      any = any || fails(*finding, look);
      counts = counts || finding->counts();
    }
    failures += any;
    skipped += !one.findings.empty() && !counts;
  }
  char took[32] = "0";
  if (report.run.started && report.run.ended > report.run.started)
    std::snprintf(took, sizeof took, "%.3f", static_cast<double>(report.run.ended - report.run.started) / 1e9);
  const std::string sums = "tests=\"" + std::to_string(cases.size()) + "\" failures=\"" + std::to_string(failures) +
                           "\" errors=\"" + std::to_string(report.run.troubles.empty() ? 0 : 1) + "\"";
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"lifeguard\" " << sums
      << ">\n  <testsuite name=\"" << xml(report.run.command.empty() ? "lifeguard" : command_line(report.run.command))
      << "\" " << sums << " skipped=\"" << skipped << "\" time=\"" << took << "\"";
  if (const std::string when = report::rfc3339(report.run.started); !when.empty())
    out << " timestamp=\"" << when.substr(0, 19) << "\"";
  if (!report.run.host.empty()) out << " hostname=\"" << xml(report.run.host) << "\"";
  out << ">\n    <properties>\n      <property name=\"lifeguard.run\" value=\"" << xml(report.run.id) << "\"/>\n";
  for (const auto& [name, value] : report.run.labels)
    out << "      <property name=\"" << xml(name) << "\" value=\"" << xml(value) << "\"/>\n";
  out << "    </properties>\n";
  for (const Case& one : cases) one_case(report, one, look, out);
  for (const std::string& trouble : report.run.troubles)
    out << "    <system-err>" << lines("incomplete: " + trouble) << "</system-err>\n";
  out << "  </testsuite>\n</testsuites>\n";
}

}  // namespace lifeguard::render
