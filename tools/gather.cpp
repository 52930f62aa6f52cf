#include "tools/gather.h"

#include <algorithm>
#include <filesystem>

#include "src/judge/classes.h"
#include "src/report/load.h"
#include "src/report/store.h"
#include "tools/command.h"

namespace lifeguard::tools {
namespace {

void append(report::Report&& one, report::Report* all) {
  report::Run& into = all->run;
  report::Run& from = one.run;
  const bool first = into.processes.empty() && into.id.empty();
  bool running = !first && into.ended == 0;
  if (first) {
    into.host = from.host;
    into.command = from.command;
    into.folder = from.folder;
  }
  running = running || from.ended == 0;
  into.id += (into.id.empty() ? "" : " ") + from.id;
  if (into.started == 0 || (from.started && from.started < into.started)) into.started = from.started;
  into.ended = running ? 0 : std::max(into.ended, from.ended);
  into.labels.merge(from.labels);
  std::move(from.processes.begin(), from.processes.end(), std::back_inserter(into.processes));
  std::move(from.unwatched.begin(), from.unwatched.end(), std::back_inserter(into.unwatched));
  std::move(from.troubles.begin(), from.troubles.end(), std::back_inserter(into.troubles));
  std::move(one.findings.begin(), one.findings.end(), std::back_inserter(all->findings));
  all->end_sites.merge(one.end_sites);
}

}  // namespace

int gather(const std::vector<std::string>& names, const std::string& store, const judge::Settings& settings,
           symbols::Source& symbols, report::Report* report) {
  std::string error;
  std::vector<std::string> stores;
  std::string no_store;  // matters only to a name that has to be looked up there
  report::find_stores(store, &stores, &no_store);
  int status = 0;
  for (const std::string& name : names.empty() ? std::vector<std::string>{""} : names) {
    report::Report one;
    bool saved = false;
    if (!report::open_run(name, stores, &one, &saved, &error)) {
      std::error_code ignored;
      complain(no_store.empty() || std::filesystem::exists(name, ignored) ? error : no_store);
      status = exit_unreadable;
      continue;
    }
    // What is damaged is named here, once; people's formats show it too.
    for (const std::string& trouble : one.run.troubles) complain(trouble);
    if (!saved && one.run.unreadable) status = exit_unreadable;
    if (!saved) {
      report::finish_run(&one.run);
      judge::judge(settings, symbols, &one);
    }
    append(std::move(one), report);
  }
  judge::merge(&report->findings);
  return status;
}

bool parse_severities(const std::vector<std::string>& texts, judge::Settings* settings, std::string* error) {
  for (const std::string& text : texts) {
    const size_t equals = std::min(text.find('='), text.size());
    const std::string name = text.substr(0, equals), value = equals < text.size() ? text.substr(equals + 1) : "";
    report::Severity severity;
    std::vector<Slice> names;
    for (const judge::Class* one : judge::classes) names.emplace_back(one->name);
    if (!judge::class_named({name.data(), name.size()})) {
      const Slice near = nearest({name.data(), name.size()}, names);
      *error = "no class of findings is called '" + name + "'";
      if (!near.empty()) *error += "; did you mean " + std::string(near.data, near.size) + "?";
      return false;
    }
    if (!report::severity_from(value, &severity)) {
      *error = "--severity takes " + name + "=error, warning, note or off, not '" + value + "'";
      return false;
    }
    settings->severities[name] = severity;
  }
  return true;
}

}  // namespace lifeguard::tools
