// lifeguard report: runs, ledgers, processes and saved reports, in any format, to the terminal and to files.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>

#include "src/judge/classes.h"
#include "src/judge/judge.h"
#include "src/render/renderer.h"
#include "src/render/terminal.h"
#include "src/symbols/dwarf_symbols.h"
#include "tools/command.h"
#include "tools/gather.h"

namespace lifeguard::tools {
namespace {

struct Asked {
  std::vector<std::string> runs;
  std::string format = "text";
  std::vector<std::string> outs;
  std::string store;
  std::vector<std::string> severities;
  std::string own;
  bool all = false, no_pager = false, schema = false;
};

struct Output {
  const render::Renderer* renderer;
  std::string file;
};

bool parse_out(const std::string& text, Output* output, std::string* error) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals + 1 == text.size()) {
    *error = "--out takes FORMAT=FILE, not '" + text + "'";
    return false;
  }
  output->renderer = render::renderer_named(text.substr(0, equals), error);
  output->file = text.substr(equals + 1);
  return output->renderer != nullptr;
}

bool write_file(const Output& output, const report::Report& report, const render::Look& look) {
  std::ofstream file(output.file, std::ios::trunc);
  if (file) output.renderer->render(report, look, file);
  file.close();
  if (file) return true;
  complain("report: cannot write " + output.file + ": " + std::strerror(errno));
  return false;
}

int work(const Asked& asked) {
  if (asked.schema) {
    const Slice schema = render::json_schema();
    std::cout.write(schema.data, static_cast<std::streamsize>(schema.size));
    return 0;
  }
  std::string error;
  const render::Renderer* renderer = render::renderer_named(asked.format, &error);
  std::vector<Output> outputs;
  for (const std::string& out : asked.outs) {
    Output output;
    if (!renderer || !parse_out(out, &output, &error)) {
      renderer = nullptr;
      break;
    }
    outputs.push_back(std::move(output));
  }
  judge::Settings settings;
  if (!renderer || !parse_severities(asked.severities, &settings, &error)) {
    complain("report: " + error);
    return exit_usage;
  }
  settings.own = asked.own;

  symbols::DwarfSymbols symbols(/*network=*/true);
  report::Report report;
  const int status = gather(asked.runs, asked.store, settings, symbols, &report);
  if (report.run.processes.empty() && report.findings.empty()) return status;

  render::Look plain;
  plain.all = asked.all;
  for (const Output& output : outputs)
    if (!write_file(output, report, plain)) return 1;
  const bool for_people = renderer->render == render::text;
  render::Look look = for_people ? render::look_at(STDOUT_FILENO) : plain;
  look.all = asked.all;
  if (!for_people) {
    renderer->render(report, look, std::cout);
    return status;
  }
  std::ostringstream text;
  renderer->render(report, look, text);
  if (!render::show(text.str(), !asked.no_pager)) {
    complain(std::string("report: cannot write to standard output: ") + std::strerror(errno));
    return 1;
  }
  return status;
}

}  // namespace

std::function<int()> report_command(CLI::App* app) {
  auto asked = std::make_shared<Asked>();
  app->add_option("RUN", asked->runs,
                  "a run's folder or name, a ledger file, a saved JSON report, a pid; nothing: the latest run");
  std::string formats;
  for (const render::Renderer& renderer : render::renderers())
    formats += (formats.empty() ? "" : " ") + std::string(renderer.name);
  app->add_option("--format", asked->format, "how to print it: " + formats)->type_name("F");
  app->add_option("--out", asked->outs, "write it to a file as well, in that format; may be given again")
      ->type_name("F=FILE")
      ->allow_extra_args(false);
  app->add_option(
         "--store", asked->store,
         "where runs are kept (default: store= of LIFEGUARD_OPTIONS, /dev/shm/lifeguard-UID, /tmp/lifeguard-UID)")
      ->type_name("DIR");
  app->add_option("--severity", asked->severities, "what a class of findings weighs: error, warning, note or off")
      ->type_name("CLASS=SEVERITY")
      ->allow_extra_args(false);
  app->add_option("--own", asked->own, "modules and source files that count as own code besides the default")
      ->type_name("GLOB,...");
  app->add_flag("--all,-v", asked->all, "every note, descriptor and frame in full");
  app->add_flag("--no-pager", asked->no_pager, "never page, also on a terminal");
  app->add_flag("--schema", asked->schema, "print the JSON Schema of the JSON report");
  return [asked] { return work(*asked); };
}

}  // namespace lifeguard::tools
