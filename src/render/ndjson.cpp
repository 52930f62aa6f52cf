// A line of JSON for each finding, flat enough for the columns of a table: what run it was of stands in each. The last
// line is the run itself, also where nothing was found.
#include "src/render/json_writer.h"
#include "src/render/phrases.h"
#include "src/render/renderer.h"
#include "src/render/spot.h"
#include "src/report/time_text.h"

namespace lifeguard::render {
namespace {

using Flat = JsonWriter::Layout;

void begin_line(JsonWriter& json, const report::Report& report, const char* type) {
  json.begin_object(Flat::flat);
  json.member("schema", "lifeguard-ndjson/1");
  json.member("type", type);
  json.member("run", std::string_view(report.run.id));
  json.member_or_null("host", report.run.host);
  json.member_or_null("started", report::rfc3339(report.run.started));
  json.key("labels").begin_object();
  for (const auto& [name, value] : report.run.labels) json.member(name, std::string_view(value));
  json.end();
}

template <typename Texts>
void texts(JsonWriter& json, std::string_view key, const Texts& values) {
  json.key(key).begin_array();
  for (const std::string& one : values) json.value(std::string_view(one));
  json.end();
}

}  // namespace

void ndjson(const report::Report& report, const Look& look, std::ostream& out) {
  for (const report::Finding& finding : report.findings) {
    JsonWriter json(out);
    begin_line(json, report, "finding");
    json.member("class", std::string_view(finding.name));
    json.member("severity", report::severity_name(finding.severity));
    json.member("kind", std::string_view(finding.kind));
    json.member("count", finding.count);
    json.member("max_per_process", finding.max_per_process);
    json.member("fingerprint", std::string_view(finding.fingerprint));
    const Spot where = spot(finding, look.root);
    json.member_or_null("function", where.function);
    json.member_or_null("file", where.file);
    json.key("line");
    if (where.line > 0)
      json.value(where.line);
    else
      json.null();
    std::vector<std::string> details, phases, stack;
    for (const report::Holding& one : finding.resources) {
      details.push_back(one.detail.empty() ? one.name : one.detail);
      if (!one.phase.empty() && (phases.empty() || phases.back() != one.phase)) phases.push_back(one.phase);
    }
    for (const report::Frame& frame : site_to_change(finding)) stack.push_back(frame.function);
    texts(json, "details", details);
    texts(json, "phases", phases);
    texts(json, "stack", stack);
    texts(json, "processes", finding.processes);
    json.member_or_null("suppressed_by", finding.suppressed_by);
    json.member_or_null("baseline", finding.baseline);
    json.end();
  }
  JsonWriter json(out);
  begin_line(json, report, "run");
  texts(json, "command", report.run.command);
  json.member_or_null("ended", report::rfc3339(report.run.ended));
  json.member("processes", static_cast<uint64_t>(report.run.processes.size()));
  const report::Totals totals = report.totals();
  json.member("errors", totals.error);
  json.member("warnings", totals.warning);
  json.member("notes", totals.note);
  json.member("suppressed", totals.suppressed);
  json.end();
}

}  // namespace lifeguard::render
