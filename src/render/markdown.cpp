// Markdown for the comment on a pull request. Other people's names stand in code alone, where no markup, mention or
// HTML has a meaning; the comment begins with a mark by which a later one can find and replace it.
#include <algorithm>

#include "src/render/escape.h"
#include "src/render/phrases.h"
#include "src/render/renderer.h"
#include "src/render/spot.h"

namespace lifeguard::render {
namespace {

using report::Finding;

constexpr size_t findings_shown = 40, frames_shown = 10;
constexpr unsigned longest_line = 240;

size_t longest_ticks(const std::string& text) {
  size_t longest = 0, here = 0;
  for (char c : text) longest = std::max(longest, here = c == '`' ? here + 1 : 0);
  return longest;
}

// Between more backticks than stand in it.
std::string code(const std::string& text) {
  const std::string fence(longest_ticks(text) + 1, '`');
  if (text.empty()) return "";
  const bool at_edge = text.front() == '`' || text.back() == '`' || text.front() == ' ' || text.back() == ' ';
  return fence + (at_edge ? " " : "") + text + (at_edge ? " " : "") + fence;
}

std::string block(const std::string& text) {
  const std::string fence(std::max<size_t>(3, longest_ticks(text) + 1), '`');
  return fence + "text\n" + text + '\n' + fence + '\n';
}

void finding(const report::Report& report, const Finding& one, const Look& look, std::ostream& out) {
  const Spot where = spot(one, look.root);
  const std::string news = one.baseline == "new" ? "new " : one.baseline == "grown" ? "grown " : "";
  std::string place = visible(where.file) + (where.line ? ':' + std::to_string(where.line) : "");
  out << "#### " << news << report::severity_name(one.severity) << ": "
      << code(cut(headline(report, one), longest_line));
  if (!where.file.empty()) out << " at " << code(cut_middle(place, longest_line));
  out << "\n\n";
  std::string text = cut(summary_line(report, one), 2 * longest_line);
  const std::string stack = stack_text(site_to_change(one), look.root, frames_shown);
  for (size_t begin = 0; begin < stack.size();) {
    const size_t end = std::min(stack.find('\n', begin), stack.size());
    text += "\n    " + cut_middle(stack.substr(begin, end - begin), longest_line);
    begin = end + 1;
  }
  out << block(text) << "Remedy: " << code(visible(one.remedy)) << "  \n";
  out << code(visible(one.name) + ' ' + visible(one.fingerprint)) << "\n\n";
}

}  // namespace

void markdown(const report::Report& report, const Look& look, std::ostream& out) {
  const report::Totals totals = report.totals();
  const std::vector<const Finding*> shown = reviewed(report, look, Suppressed::left_out);
  out << "<!-- lifeguard -->\n### lifeguard: "
      << (shown.empty() ? "nothing new was left"
                        : counted(totals.error, "error") + ", " + counted(totals.warning, "warning"))
      << "\n\n";
  if (!report.run.command.empty())
    out << "Command: " << code(cut(command_line(report.run.command), longest_line)) << "\n\n";
  for (size_t i = 0; i < std::min(shown.size(), findings_shown); ++i) finding(report, *shown[i], look, out);
  if (shown.size() > findings_shown) out << "and " << shown.size() - findings_shown << " more.\n\n";
  if (totals.suppressed) out << totals.suppressed << " suppressed by rules or known to the baseline.\n";
  for (size_t i = 0; i < std::min<size_t>(report.run.troubles.size(), 10); ++i)
    out << "\nIncomplete: " << code(cut(visible(report.run.troubles[i]), longest_line)) << '\n';
}

}  // namespace lifeguard::render
