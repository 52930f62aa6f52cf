#include "src/report/saved.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "src/report/time_text.h"

namespace lifeguard::report {
namespace {

using nlohmann::json;

// The file may come from anywhere: what is missing, or of another type than it should be, reads as not known.
const json& member(const json& object, const char* name) {
  static const json none;
  if (!object.is_object()) return none;
  auto found = object.find(name);
  return found == object.end() ? none : *found;
}

std::string text(const json& object, const char* name) {
  const json& value = member(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

template <typename Number>
Number number(const json& object, const char* name) {
  const json& value = member(object, name);
  return value.is_number_integer() ? value.get<Number>() : Number();
}

bool truth(const json& object, const char* name) { return member(object, name) == json(true); }

Time time(const json& object, const char* name) { return from_rfc3339(text(object, name)); }

std::vector<std::string> texts(const json& object, const char* name) {
  std::vector<std::string> values;
  for (const json& value : member(object, name))
    if (value.is_string()) values.push_back(value.get<std::string>());
  return values;
}

Stack stack(const json& from) {
  Stack frames;
  for (const json& one : member(from, "frames")) {
    Frame frame;
    frame.function = text(one, "function");
    frame.file = text(one, "file");
    frame.line = number<int>(one, "line");
    frame.module = text(one, "module");
    frame.build_id = text(one, "build_id");
    frame.offset = number<uint64_t>(one, "offset");
    frame.own = truth(one, "own");
    frame.inlined = truth(one, "inlined");
    frame.exact = truth(one, "exact");
    frame.language = text(one, "language");
    frame.note = text(one, "note");
    frames.push_back(std::move(frame));
  }
  return frames;
}

Holding holding(const json& from) {
  Holding one;
  const json& id = member(from, "id");
  if (id.is_number_integer()) one.number = id.get<int>();
  if (id.is_string()) one.name = id.get<std::string>();
  one.detail = text(from, "detail");
  one.born = time(from, "born");
  one.thread = number<uint32_t>(from, "thread");
  one.phase = text(from, "phase");
  one.state = text(from, "state");
  one.bytes = number<uint64_t>(from, "bytes");
  one.process = text(from, "process");
  return one;
}

bool finding(const json& from, Finding* one) {
  one->name = text(from, "class");
  one->kind = text(from, "kind");
  one->fingerprint = text(from, "fingerprint");
  if (one->name.empty() || one->kind.empty() || !is_fingerprint(one->fingerprint) ||
      !severity_from(text(from, "severity"), &one->severity))
    return false;
  one->count = number<uint64_t>(from, "count");
  one->max_per_process = number<uint64_t>(from, "max_per_process");
  one->unstable = truth(from, "unstable");
  one->remedy = text(from, "remedy");
  one->reason = text(from, "reason");
  one->processes = texts(from, "processes");
  one->site = stack(member(from, "site"));
  const json& others = member(from, "other_sites");
  if (others.is_object())
    for (const auto& [name, site] : others.items()) one->other_sites[name] = stack(site);
  for (const json& resource : member(from, "resources")) one->resources.push_back(holding(resource));
  one->count = std::max({one->count, uint64_t{one->resources.size()}, uint64_t{1}});
  one->max_per_process = std::clamp(one->max_per_process, uint64_t{1}, one->count);
  one->suppressed_by = text(from, "suppressed_by");
  one->suppressed_why = text(from, "suppressed_why");
  one->baseline = text(from, "baseline");
  return true;
}

Process process(const json& from) {
  Process one;
  one.pid = number<int>(from, "pid");
  one.ppid = number<int>(from, "ppid");
  one.image = number<uint32_t>(from, "image");
  one.began = time(from, "start");
  one.exe = text(from, "exe");
  one.command = texts(from, "command");
  one.trouble = text(from, "trouble");
  for (const std::string& phase : texts(from, "phases"))
    one.phases.emplace(static_cast<uint32_t>(one.phases.size() + 1), phase);
  const json& end = member(from, "end");
  for (End::How how : {End::How::running, End::How::exit, End::How::signal, End::How::exec, End::How::vanished})
    if (text(end, "how") == end_name(how)) one.end.how = how;
  one.end.status = number<int>(end, "status");
  one.end.signal = number<int>(end, "signal");
  one.end.sender = number<int>(end, "sender");
  one.end.handled = number<int>(member(end, "handled"), "signal");
  one.end.handled_from = number<int>(member(end, "handled"), "sender");
  if (const json& cleanup = member(from, "cleanup"); cleanup.is_object())
    one.cleanup = {true, number<uint32_t>(cleanup, "closed"), number<uint32_t>(cleanup, "ended"),
                   number<uint32_t>(cleanup, "killed"), number<uint32_t>(cleanup, "left")};
  if (const json& lost = member(from, "lost"); lost.is_object())
    for (const auto& [name, count] : lost.items())
      if (count.is_number_unsigned()) one.lost[name] = count.get<uint64_t>();
  return one;
}

void run(const json& from, Run* run) {
  if (run->id.empty()) run->id = text(from, "id");
  if (run->host.empty()) run->host = text(from, "host");
  if (run->command.empty()) run->command = texts(from, "command");
  const Time started = time(from, "started");
  if (run->started == 0 || (started && started < run->started)) run->started = started;
  run->ended = std::max(run->ended, time(from, "ended"));
  if (const json& labels = member(from, "labels"); labels.is_object())
    for (const auto& [name, value] : labels.items())
      if (value.is_string()) run->labels.emplace(name, value.get<std::string>());
  for (std::string& trouble : texts(from, "troubles")) run->troubles.push_back(std::move(trouble));
}

}  // namespace

bool read_saved(const std::string& path, Report* report, std::string* error) {
  std::ifstream file(path);
  const json root = json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded() || !root.is_object()) {
    *error = "is neither a lifeguard ledger nor a complete JSON report";
    return false;
  }
  const std::string schema = text(root, "schema");
  if (schema != "lifeguard-report/1") {
    *error = schema.empty() ? "is JSON, but no lifeguard report"
                            : "has schema " + schema.substr(0, 64) + "; this lifeguard reads lifeguard-report/1";
    return false;
  }
  run(member(root, "run"), &report->run);
  for (const json& one : member(root, "processes")) {
    report->run.processes.push_back(process(one));
    if (const json& site = member(one, "end_site"); site.is_object())
      report->end_sites[report->run.processes.back().id()] = stack(site);
  }
  for (const json& one : member(root, "unwatched"))
    report->run.unwatched.push_back({number<int>(one, "pid"), text(one, "exe"), text(one, "why")});
  for (const json& one : member(root, "findings")) {
    Finding parsed;
    if (finding(one, &parsed))
      report->findings.push_back(std::move(parsed));
    else
      report->run.troubles.push_back(path + ": skipped a finding that makes no sense");
  }
  return true;
}

}  // namespace lifeguard::report
