// The formats a report can be had in, a row each in renderer.cpp. To add one: a file of its own with one function, its
// declaration here, a row there.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "src/options/slice.h"
#include "src/report/model.h"

namespace lifeguard::render {

// How it is to look for people; formats for programs need none of it.
struct Look {
  bool color = false;
  unsigned width = 0;  // columns to cut lines to; 0: as long as they are
  bool all = false;    // every resource, note and frame
  std::string cwd;     // paths below it are shown without it
  std::string root;    // of the repository: formats for other services name files relative to it
  report::Severity fail_on = report::Severity::error;  // what counts as failed, where a format tells that apart
};

struct Renderer {
  const char* name;
  const char* what;
  void (*render)(const report::Report& report, const Look& look, std::ostream& out);
};

void text(const report::Report& report, const Look& look, std::ostream& out);
void json(const report::Report& report, const Look& look, std::ostream& out);
void ndjson(const report::Report& report, const Look& look, std::ostream& out);
void sarif(const report::Report& report, const Look& look, std::ostream& out);
void junit(const report::Report& report, const Look& look, std::ostream& out);
void github(const report::Report& report, const Look& look, std::ostream& out);
void gitlab(const report::Report& report, const Look& look, std::ostream& out);
void markdown(const report::Report& report, const Look& look, std::ostream& out);

const std::vector<Renderer>& renderers();
// Null: error says so, with the nearest name there is.
const Renderer* renderer_named(const std::string& name, std::string* error);

// What the library prints as a process ends: at most about 30 lines, of errors and warnings alone. False: there is
// nothing to say.
struct SummaryLook {
  std::string cwd;
  std::string command;  // how to call lifeguard
  int pid = 0;          // the process that ends
  bool always = false;  // a line also where nothing was left
};
bool summary(const report::Report& report, const SummaryLook& look, std::ostream& out);

// The JSON Schema that every JSON report keeps to.
Slice json_schema();

}  // namespace lifeguard::render
