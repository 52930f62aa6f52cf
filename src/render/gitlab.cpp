// GitLab's code quality report: an array of remarks, each with a place in the repository. GitLab itself compares it
// with the target branch's, so what a baseline knows is in it, and what a rule suppresses is not.
#include <set>

#include "src/render/escape.h"
#include "src/render/json_writer.h"
#include "src/render/phrases.h"
#include "src/render/renderer.h"
#include "src/render/spot.h"

namespace lifeguard::render {
namespace {

const char* severity(const report::Finding& finding) {
  switch (finding.severity) {
    case report::Severity::error:
      return "major";
    case report::Severity::warning:
      return "minor";
    default:
      return "info";
  }
}

}  // namespace

void gitlab(const report::Report& report, const Look& look, std::ostream& out) {
  JsonWriter json(out);
  std::set<std::string> used;
  json.begin_array();
  for (const report::Finding* finding : reviewed(report, look, Suppressed::shown)) {
    if (!finding->suppressed_by.empty()) continue;
    const Spot where = spot(*finding, look.root);
    std::string unique = finding->fingerprint;  // two lines of one function share one; GitLab would drop the second
    for (int n = 2; !used.insert(unique).second; ++n) unique = finding->fingerprint + '-' + std::to_string(n);
    std::string description = summary_line(report, *finding);
    if (!where.function.empty()) description += ", in " + visible(where.function);
    json.begin_object();
    json.member("description", std::string_view(description + ". Remedy: " + visible(finding->remedy)));
    json.member("check_name", std::string_view("lifeguard/" + finding->name));
    json.member("fingerprint", std::string_view(unique));
    json.member("severity", severity(*finding));
    json.key("location").begin_object();
    json.member("path", std::string_view(where.file.empty() ? "unknown" : visible(where.file)));
    json.key("lines").begin_object(JsonWriter::Layout::flat);
    json.member("begin", where.line > 0 ? where.line : 1);
    json.end();
    json.end();
    json.end();
  }
  json.end();
}

}  // namespace lifeguard::render
