// Annotations of a GitHub workflow: commands on standard output that its runner turns into remarks beside the line. It
// takes ten of each type from a step and drops the rest without a word, so no more are written, and the total is said.
#include <map>

#include "src/render/escape.h"
#include "src/render/phrases.h"
#include "src/render/renderer.h"
#include "src/render/spot.h"

namespace lifeguard::render {
namespace {

using report::Finding;
using report::Severity;

constexpr unsigned most_of_a_type = 10;
constexpr size_t frames_shown = 8;

// As the runner reads it back: what would end a command or a property is written as %XX.
std::string escaped(const std::string& text, bool property) {
  std::string safe;
  for (char c : text) {
    if (c == '%')
      safe += "%25";
    else if (c == '\r')
      safe += "%0D";
    else if (c == '\n')
      safe += "%0A";
    else if (property && c == ':')
      safe += "%3A";
    else if (property && c == ',')
      safe += "%2C";
    else
      safe += c;
  }
  return safe;
}

const char* type_of(Severity severity) {
  return severity == Severity::error ? "error" : severity == Severity::warning ? "warning" : "notice";
}

}  // namespace

void github(const report::Report& report, const Look& look, std::ostream& out) {
  std::map<std::string, unsigned> all, written;
  for (const Finding* finding : reviewed(report, look, Suppressed::left_out)) {
    const std::string type = type_of(finding->severity);
    if (++all[type] > most_of_a_type) continue;
    ++written[type];
    const Spot where = spot(*finding, look.root);
    out << "::" << type << ' ';
    if (where.inside) out << "file=" << escaped(visible(where.file), true) << ',';
    if (where.inside && where.line) out << "line=" << where.line << ',';
    const std::string news = finding->baseline == "grown" ? "grown " : finding->baseline == "new" ? "new " : "";
    out << "title=" << escaped("lifeguard: " + news + visible(finding->name), true) << "::";
    std::string message = summary_line(report, *finding) + '\n';
    message += stack_text(site_to_change(*finding), look.root, frames_shown);
    message +=
        "\nremedy: " + visible(finding->remedy) + '\n' + visible(finding->name) + ' ' + visible(finding->fingerprint);
    out << escaped(message, false) << '\n';
  }
  for (const auto& [type, count] : all)
    if (count > written[type])
      out << "lifeguard: " << counted(count, type) << " in all; GitHub shows " << written[type] << " of a step\n";
  const report::Totals totals = report.totals();
  out << "lifeguard: " << counted(totals.error, "error") << ", " << counted(totals.warning, "warning") << ", "
      << totals.suppressed << " suppressed or known\n";
}

}  // namespace lifeguard::render
