// What the formats for code review services share: which findings they show, in what order, and where each is in the
// repository.
#pragma once

#include <string>
#include <vector>

#include "src/render/renderer.h"

namespace lifeguard::render {

// The repository's folder: what the CI system says, else the nearest one above `cwd` that holds .git, else `cwd`.
std::string repository_root(const std::string& cwd);

struct Spot {
  std::string file;      // relative to the repository where it lies in it
  bool inside = false;   // it does
  int line = 0;          // 0: not known
  std::string function;  // may be empty, like all of it
};
Spot spot(const report::Frame& frame, const std::string& root);
// Of a finding: the innermost frame of own code in the repository, of a double close that of the second close.
Spot spot(const report::Finding& finding, const std::string& root);

const report::Stack& site_to_change(const report::Finding& finding);

// Errors and warnings, with all notes too; those that count first, of them new ones first. Suppressed ones only where
// asked for.
enum class Suppressed { left_out, shown };
std::vector<const report::Finding*> reviewed(const report::Report& report, const Look& look, Suppressed suppressed);

// "3 files left open: /a, /b, ..." and the stack, a line a frame: escaped, in full sentences, without markup.
std::string summary_line(const report::Report& report, const report::Finding& finding);
std::string stack_text(const report::Stack& stack, const std::string& root, size_t frames);

}  // namespace lifeguard::render
