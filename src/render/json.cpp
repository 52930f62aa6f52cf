// The JSON report: the contract's keys in the contract's order. report.schema.json says the same for programs;
// saved.cpp reads it back.
#include "src/render/json_parts.h"
#include "src/render/json_writer.h"
#include "src/render/renderer.h"
#include "src/report/time_text.h"

namespace lifeguard::render {
namespace {

using Flat = JsonWriter::Layout;

void texts(JsonWriter& json, std::string_view key, const std::vector<std::string>& values) {
  json.key(key).begin_array(Flat::flat);
  for (const std::string& one : values) json.value(std::string_view(one));
  json.end();
}

void run(JsonWriter& json, const report::Run& run) {
  json.key("run").begin_object();
  json.member("id", std::string_view(run.id));
  json.member_or_null("host", run.host);
  texts(json, "command", run.command);
  json.member_or_null("started", report::rfc3339(run.started));
  json.member_or_null("ended", report::rfc3339(run.ended));
  json.key("labels").begin_object(Flat::flat);
  for (const auto& [name, value] : run.labels) {
    json.key(name).value(std::string_view(value));
  }
  json.end();
  if (!run.troubles.empty()) texts(json, "troubles", run.troubles);
  json.end();
}

void write_stack(JsonWriter& json, const report::Stack& stack) {
  json.begin_object();
  frames(json, "frames", stack);
  json.end();
}

void process(JsonWriter& json, const report::Report& report, const report::Process& process) {
  json.begin_object();
  json.member("id", std::string_view(process.id()));
  json.member("pid", process.pid);
  json.member("ppid", process.ppid);
  json.member("image", process.image);
  json.member_or_null("start", report::rfc3339(process.began));
  json.member_or_null("exe", process.exe);
  texts(json, "command", process.command);
  json.key("end").begin_object(Flat::flat);
  json.member("how", report::end_name(process.end.how));
  if (process.end.how == report::End::How::exit) json.member("status", process.end.status);
  if (process.end.how == report::End::How::signal) json.member("signal", process.end.signal);
  if (process.end.how == report::End::How::signal && process.end.sender) json.member("sender", process.end.sender);
  if (process.end.handled) {
    json.key("handled").begin_object(Flat::flat);
    json.member("signal", process.end.handled);
    if (process.end.handled_from) json.member("sender", process.end.handled_from);
    json.end();
  }
  json.end();
  if (auto site = report.end_sites.find(process.id()); site != report.end_sites.end()) {
    json.key("end_site");
    write_stack(json, site->second);
  }
  if (process.cleanup.done) {
    json.key("cleanup").begin_object(Flat::flat);
    json.member("closed", process.cleanup.closed);
    json.member("ended", process.cleanup.ended);
    json.member("killed", process.cleanup.killed);
    json.member("left", process.cleanup.left);
    json.end();
  }
  json.key("lost").begin_object(Flat::flat);
  for (const auto& [counter, count] : process.lost) json.member(counter, count);
  json.end();
  if (!process.phases.empty()) {
    json.key("phases").begin_array(Flat::flat);
    for (const auto& [number, name] : process.phases) json.value(std::string_view(name));
    json.end();
  }
  if (!process.trouble.empty()) json.member("trouble", std::string_view(process.trouble));
  json.end();
}

void holding(JsonWriter& json, const report::Holding& holding) {
  json.begin_object(Flat::flat);
  if (holding.name.empty())
    json.member("id", holding.number);
  else
    json.member("id", std::string_view(holding.name));
  json.member("detail", std::string_view(holding.detail));
  json.member_or_null("born", report::rfc3339(holding.born));
  json.member("thread", holding.thread);
  if (!holding.phase.empty()) json.member("phase", std::string_view(holding.phase));
  json.member("state", std::string_view(holding.state));
  if (holding.bytes) json.member("bytes", holding.bytes);
  json.member("process", std::string_view(holding.process));
  json.end();
}

void finding(JsonWriter& json, const report::Finding& finding) {
  json.begin_object();
  json.member("class", std::string_view(finding.name));
  json.member("severity", report::severity_name(finding.severity));
  json.member("kind", std::string_view(finding.kind));
  json.member("count", finding.count);
  json.member("max_per_process", finding.max_per_process);
  json.member("fingerprint", std::string_view(finding.fingerprint));
  if (finding.unstable) json.member("unstable", true);
  json.member("remedy", std::string_view(finding.remedy));
  if (!finding.reason.empty()) json.member("reason", std::string_view(finding.reason));
  texts(json, "processes", finding.processes);
  json.key("site");
  write_stack(json, finding.site);
  if (!finding.other_sites.empty()) {
    json.key("other_sites").begin_object();
    for (const auto& [name, stack] : finding.other_sites) {
      json.key(name);
      write_stack(json, stack);
    }
    json.end();
  }
  json.key("resources").begin_array();
  for (const report::Holding& one : finding.resources) holding(json, one);
  json.end();
  if (!finding.suppressed_by.empty()) json.member("suppressed_by", std::string_view(finding.suppressed_by));
  if (!finding.suppressed_why.empty()) json.member("suppressed_why", std::string_view(finding.suppressed_why));
  if (!finding.baseline.empty()) json.member("baseline", std::string_view(finding.baseline));
  json.end();
}

}  // namespace

void json(const report::Report& report, const Look&, std::ostream& out) {
  JsonWriter json(out);
  json.begin_object();
  json.member("schema", "lifeguard-report/1");
  json.member("lifeguard", LIFEGUARD_VERSION);
  run(json, report.run);
  json.key("processes").begin_array();
  for (const report::Process& one : report.run.processes) process(json, report, one);
  json.end();
  json.key("unwatched").begin_array();
  for (const report::Unwatched& one : report.run.unwatched) {
    json.begin_object(Flat::flat);
    json.member("pid", one.pid);
    json.member("exe", std::string_view(one.exe));
    json.member("why", std::string_view(one.why));
    json.end();
  }
  json.end();
  json.key("findings").begin_array();
  for (const report::Finding& one : report.findings) finding(json, one);
  json.end();
  const report::Totals totals = report.totals();
  json.key("totals").begin_object(Flat::flat);
  json.member("error", totals.error);
  json.member("warning", totals.warning);
  json.member("note", totals.note);
  json.member("suppressed", totals.suppressed);
  json.end();
  json.end();
}

}  // namespace lifeguard::render
