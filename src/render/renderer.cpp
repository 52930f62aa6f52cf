#include "src/render/renderer.h"

// A data file, put into the program by the Makefile.
extern "C" const char _binary_src_render_report_schema_json_start[];
extern "C" const char _binary_src_render_report_schema_json_end[];

namespace lifeguard::render {

const std::vector<Renderer>& renderers() {
  static const std::vector<Renderer> table = {
      {"text", "for people", text},
      {"json", "for programs: schema lifeguard-report/1 (--schema prints it)", json},
      {"ndjson", "a line for each finding, for a database", ndjson},
      {"sarif", "SARIF 2.1.0, for code scanning", sarif},
      {"junit", "JUnit XML, for test reports", junit},
      {"github", "annotations of a GitHub workflow", github},
      {"gitlab", "GitLab's code quality report", gitlab},
      {"markdown", "for the comment on a pull request", markdown},
  };
  return table;
}

const Renderer* renderer_named(const std::string& name, std::string* error) {
  std::vector<Slice> names;
  for (const Renderer& renderer : renderers()) {
    if (name == renderer.name) return &renderer;
    names.emplace_back(renderer.name);
  }
  *error = "no format is called '" + name + "'";
  const Slice near = nearest({name.data(), name.size()}, names);
  if (!near.empty()) {
    *error += "; did you mean " + std::string(near.data, near.size) + "?";
    return nullptr;
  }
  *error += "; there are";
  for (const Slice& known : names) *error += ' ' + std::string(known.data, known.size);
  return nullptr;
}

Slice json_schema() {
  return {_binary_src_render_report_schema_json_start,
          static_cast<size_t>(_binary_src_render_report_schema_json_end - _binary_src_render_report_schema_json_start)};
}

}  // namespace lifeguard::render
