// SARIF 2.1.0, for code scanning: a rule for each class, a result for each finding with its stack, suppressed and known
// ones marked as such. Files are named relative to the repository, as percent-encoded URIs.
#include <algorithm>

#include "src/judge/classes.h"
#include "src/render/escape.h"
#include "src/render/json_writer.h"
#include "src/render/phrases.h"
#include "src/render/renderer.h"
#include "src/render/spot.h"
#include "src/report/time_text.h"

namespace lifeguard::render {
namespace {

using report::Finding;
using report::Severity;
using report::Stack;
using Flat = JsonWriter::Layout;

constexpr char schema[] = "https://json.schemastore.org/sarif-2.1.0.json";

const char* level(Severity severity) {
  return severity == Severity::error ? "error" : severity == Severity::warning ? "warning" : "note";
}

std::string uri(const std::string& path, bool absolute) {
  static constexpr char digits[] = "0123456789ABCDEF";
  static constexpr std::string_view plain = "-._~/!$'()*+,;=@";
  std::string text = absolute ? "file://" : "";
  for (char c : path) {
    const auto byte = static_cast<uint8_t>(c);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || plain.find(c) != plain.npos)
      text += c;
    else
      text += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  return text;
}

void message(JsonWriter& json, std::string_view key, const std::string& text) {
  json.key(key).begin_object(Flat::flat);
  json.member("text", std::string_view(text));
  json.end();
}

class Log {
 public:
  Log(const report::Report& report, const Look& look, std::ostream& out) : report_(report), look_(look), json_(out) {}

  void write() {
    json_.begin_object();
    json_.member("$schema", schema);
    json_.member("version", "2.1.0");
    json_.key("runs").begin_array();
    json_.begin_object();
    tool();
    json_.key("automationDetails").begin_object(Flat::flat);
    json_.member("id", "lifeguard/");
    json_.end();
    json_.member("columnKind", "utf16CodeUnits");
    invocation();
    json_.key("originalUriBaseIds").begin_object();
    json_.key("SRCROOT").begin_object(Flat::flat);
    if (look_.root.starts_with('/'))
      json_.member("uri", std::string_view(uri(look_.root == "/" ? "/" : look_.root + '/', true)));
    json_.end();
    json_.end();
    json_.key("results").begin_array();
    for (const Finding* finding : reviewed(report_, look_, Suppressed::shown)) result(*finding);
    json_.end();
    json_.end();
    json_.end();
    json_.end();
  }

 private:
  void tool() {
    json_.key("tool").begin_object();
    json_.key("driver").begin_object();
    json_.member("name", "lifeguard");
    json_.member("version", LIFEGUARD_VERSION);
    json_.member("semanticVersion", LIFEGUARD_VERSION);
    json_.key("rules").begin_array();
    for (const judge::Class* one : judge::classes) {
      json_.begin_object();
      json_.member("id", one->name);
      json_.member("name", std::string_view(pascal(one->name)));
      message(json_, "shortDescription", std::string("A resource ") + one->title + '.');
      message(json_, "fullDescription",
              std::string("A resource was acquired and is ") + one->title + ". Remedy: " + one->remedy + '.');
      json_.key("help").begin_object(Flat::flat);
      json_.member("text", std::string_view(std::string("Remedy: ") + one->remedy + '.'));
      json_.member("markdown", std::string_view(std::string("**Remedy:** ") + one->remedy + '.'));
      json_.end();
      json_.key("defaultConfiguration").begin_object(Flat::flat);
      json_.member("level", level(one->severity));
      json_.end();
      json_.key("properties").begin_object(Flat::flat);
      json_.key("tags").begin_array();
      json_.value("resource-leak");
      json_.value("reliability");
      json_.end();
      json_.member("problem.severity", one->severity == Severity::note ? "recommendation" : level(one->severity));
      json_.member("precision", "very-high");
      json_.end();
      json_.end();
    }
    json_.end();
    json_.end();
    json_.end();
  }

  static std::string pascal(const std::string& name) {
    std::string text;
    bool up = true;
    for (char c : name) {
      if (c == '-') {
        up = true;
        continue;
      }
      text += up ? static_cast<char>(c - 'a' + 'A') : c;
      up = false;
    }
    return text;
  }

  void invocation() {
    json_.key("invocations").begin_array();
    json_.begin_object();
    json_.member("executionSuccessful", report_.run.troubles.empty());
    if (!report_.run.command.empty()) json_.member("commandLine", std::string_view(command_line(report_.run.command)));
    if (const std::string when = report::rfc3339(report_.run.started); !when.empty())
      json_.member("startTimeUtc", std::string_view(when));
    if (const std::string when = report::rfc3339(report_.run.ended); !when.empty())
      json_.member("endTimeUtc", std::string_view(when));
    if (!report_.run.processes.empty() && report_.run.processes.front().end.how == report::End::How::exit)
      json_.member("exitCode", report_.run.processes.front().end.status);
    if (!report_.run.troubles.empty()) {
      json_.key("toolExecutionNotifications").begin_array();
      for (const std::string& trouble : report_.run.troubles) {
        json_.begin_object();
        json_.member("level", "error");
        message(json_, "message", visible(trouble));
        json_.end();
      }
      json_.end();
    }
    json_.end();
    json_.end();
  }

  // A place in the repository, or on this machine; without a file the function alone.
  void location(const Spot& where, const std::string& words) {
    json_.begin_object();
    if (!where.file.empty()) {
      json_.key("physicalLocation").begin_object();
      json_.key("artifactLocation").begin_object(Flat::flat);
      json_.member("uri", std::string_view(uri(where.file, !where.inside && where.file.starts_with('/'))));
      if (where.inside) json_.member("uriBaseId", "SRCROOT");
      json_.end();
      if (where.line > 0) {
        json_.key("region").begin_object(Flat::flat);
        json_.member("startLine", where.line);
        json_.end();
      }
      json_.end();
    }
    if (!where.function.empty()) {
      json_.key("logicalLocations").begin_array();
      json_.begin_object(Flat::flat);
      json_.member("fullyQualifiedName", std::string_view(where.function));
      json_.member("kind", "function");
      json_.end();
      json_.end();
    }
    if (!words.empty()) message(json_, "message", words);
    json_.end();
  }

  // From the outermost call to the place itself, as one reads a way through a program.
  void code_flow(const Stack& stack) {
    json_.begin_object();
    json_.key("threadFlows").begin_array();
    json_.begin_object();
    json_.key("locations").begin_array();
    for (auto frame = stack.rbegin(); frame != stack.rend(); ++frame) {
      json_.begin_object();
      json_.key("location");
      location(spot(*frame, look_.root), function(*frame));
      json_.member("importance", frame->own ? "important" : "unimportant");
      json_.end();
    }
    json_.end();
    json_.end();
    json_.end();
    json_.end();
  }

  void stack(const std::string& title, const Stack& frames) {
    json_.begin_object();
    message(json_, "message", title);
    json_.key("frames").begin_array();
    for (const report::Frame& frame : frames) {
      json_.begin_object();
      json_.key("location");
      location(spot(frame, look_.root), function(frame));
      if (!frame.module.empty()) json_.member("module", std::string_view(visible(frame.module)));
      json_.end();
    }
    json_.end();
    json_.end();
  }

  void result(const Finding& finding) {
    const Stack& main = site_to_change(finding);
    json_.begin_object();
    json_.member("ruleId", std::string_view(finding.name));
    for (size_t i = 0; i < std::size(judge::classes); ++i)
      if (finding.name == judge::classes[i]->name) json_.member("ruleIndex", static_cast<uint64_t>(i));
    json_.member("level", level(finding.severity));
    message(json_, "message", summary_line(report_, finding) + ". Remedy: " + visible(finding.remedy) + '.');
    json_.key("locations").begin_array();
    const Spot where = spot(finding, look_.root);
    if (!where.file.empty() || !where.function.empty()) location(where, "");
    json_.end();
    if (!main.empty()) {
      json_.key("codeFlows").begin_array();
      code_flow(main);
      json_.end();
    }
    json_.key("stacks").begin_array();
    stack(finding.other_sites.empty() ? "acquired" : "created", finding.site);
    for (const auto& [name, frames] : finding.other_sites)
      stack(name == "closed" ? "closed again" : name == "closed_first" ? "closed first" : visible(name), frames);
    json_.end();
    if (!finding.other_sites.empty()) related(finding);
    json_.member("occurrenceCount", std::max<uint64_t>(finding.count, 1));
    json_.key("partialFingerprints").begin_object(Flat::flat);
    json_.member("primaryLocationLineHash", std::string_view(finding.fingerprint + ":1"));
    json_.member("lifeguard/v1", std::string_view(finding.fingerprint));
    json_.end();
    if (!finding.baseline.empty())
      json_.member("baselineState", finding.baseline == "known"   ? "unchanged"
                                    : finding.baseline == "grown" ? "updated"
                                                                  : "new");
    if (!finding.suppressed_by.empty()) {
      json_.key("suppressions").begin_array();
      json_.begin_object(Flat::flat);
      json_.member("kind", "external");
      json_.member("status", "accepted");
      json_.member("justification",
                   std::string_view(visible(finding.suppressed_by) +
                                    (finding.suppressed_why.empty() ? "" : ": " + visible(finding.suppressed_why))));
      json_.end();
      json_.end();
    }
    json_.key("properties").begin_object(Flat::flat);
    json_.member("kind", std::string_view(finding.kind));
    json_.member("maxPerProcess", finding.max_per_process);
    json_.end();
    json_.end();
  }

  void related(const Finding& finding) {
    json_.key("relatedLocations").begin_array();
    for (const auto& [name, words] : {std::pair("", "created"), std::pair("closed_first", "closed first")}) {
      const auto other = finding.other_sites.find(name);
      const Stack* frames = *name ? (other == finding.other_sites.end() ? nullptr : &other->second) : &finding.site;
      if (const report::Frame* frame = frames ? leading(*frames) : nullptr) location(spot(*frame, look_.root), words);
    }
    json_.end();
  }

  const report::Report& report_;
  const Look& look_;
  JsonWriter json_;
};

}  // namespace

void sarif(const report::Report& report, const Look& look, std::ostream& out) { Log(report, look, out).write(); }

}  // namespace lifeguard::render
