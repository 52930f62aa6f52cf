// lifeguard report: runs, ledgers, processes and saved reports, in any format, to the terminal and to files.

#include <iostream>

#include "src/judge/judge.h"
#include "src/render/renderer.h"
#include "src/symbols/dwarf_symbols.h"
#include "tools/command.h"
#include "tools/gather.h"
#include "tools/outputs.h"

namespace lifeguard::tools {
namespace {

struct Asked {
  std::vector<std::string> runs;
  std::shared_ptr<Outputs> outputs;
  std::string store;
  std::vector<std::string> severities;
  std::string own;
  bool schema = false;
};

int work(const Asked& asked) {
  if (asked.schema) {
    const Slice schema = render::json_schema();
    std::cout.write(schema.data, static_cast<std::streamsize>(schema.size));
    return 0;
  }
  std::string error;
  judge::Settings settings;
  if (!asked.outputs->prepare(&error) || !parse_severities(asked.severities, &settings, &error)) {
    complain("report: " + error);
    return exit_usage;
  }
  settings.own = asked.own;

  symbols::DwarfSymbols symbols(/*network=*/true);
  report::Report report;
  const int status = gather(asked.runs, asked.store, settings, symbols, &report);
  if (report.run.processes.empty() && report.findings.empty()) return status;

  return asked.outputs->write(report, report::Severity::error, Outputs::People::standard_output) ? status : 1;
}

}  // namespace

std::function<int()> report_command(Arguments& arguments) {
  auto asked = std::make_shared<Asked>();
  arguments.places("RUN", asked->runs,
                   "a run's folder or name, a ledger file, a saved JSON report, a pid; nothing: the latest run");
  asked->outputs = Outputs::declare(arguments, "how to print it");
  arguments.text(
      "--store", "DIR", asked->store,
      "where runs are kept (default: store= of LIFEGUARD_OPTIONS, /dev/shm/lifeguard-UID, /tmp/lifeguard-UID)");
  arguments.texts("--severity", "CLASS=SEVERITY", asked->severities,
                  "what a class of findings weighs: error, warning, note or off");
  arguments.text("--own", "GLOB,...", asked->own,
                 "modules and source files that count as own code besides the default");
  arguments.flag("--schema", asked->schema, "print the JSON Schema of the JSON report");
  return [asked] { return work(*asked); };
}

}  // namespace lifeguard::tools
