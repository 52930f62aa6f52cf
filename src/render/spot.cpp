#include "src/render/spot.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "src/render/escape.h"
#include "src/render/phrases.h"

namespace lifeguard::render {
namespace {

using report::Finding;
using report::Frame;
namespace fs = std::filesystem;

constexpr size_t examples_shown = 3;
constexpr unsigned longest_example = 120;

bool is_file(const fs::path& path) {
  std::error_code wrong;
  return fs::is_regular_file(path, wrong);
}

// A tree that was built elsewhere (a container's /src): the longest end of the path that is a file of this repository.
std::string moved_here(const fs::path& file, const std::string& root) {
  fs::path end;
  std::vector<fs::path> parts(file.begin(), file.end());
  for (size_t first = 1; first < parts.size(); ++first) {
    end.clear();
    for (size_t i = first; i < parts.size(); ++i) end /= parts[i];
    if (is_file(fs::path(root) / end)) return end.string();
  }
  return {};
}

}  // namespace

std::string repository_root(const std::string& cwd) {
  for (const char* name : {"GITHUB_WORKSPACE", "CI_PROJECT_DIR"})
    if (const char* folder = std::getenv(name); folder && *folder == '/') {
      // Only where the work is done in it: a container may have it mounted elsewhere.
      const std::string root = fs::path(std::string(folder) + "/.").lexically_normal().string();
      if ((cwd + '/').starts_with(root)) return root.substr(0, root.size() - 1);
    }
  std::error_code wrong;
  for (fs::path folder = cwd; !folder.empty() && folder != folder.root_path(); folder = folder.parent_path())
    if (fs::exists(folder / ".git", wrong)) return folder.string();
  return cwd;
}

Spot spot(const Frame& frame, const std::string& root) {
  Spot spot;
  spot.function = frame.function;
  spot.line = frame.file.empty() ? 0 : std::max(frame.line, 0);
  const fs::path file = fs::path(frame.file.empty() ? frame.module : frame.file).lexically_normal();
  spot.file = file.string();
  if (spot.file.empty() || root.empty()) return spot;
  if (!file.is_absolute()) {
    spot.inside = !spot.file.starts_with("..");
  } else if (root != "/" && spot.file.starts_with(root + '/')) {
    spot.file.erase(0, root.size() + 1);
    spot.inside = true;
  } else if (!frame.file.empty() && !is_file(file)) {
    if (std::string end = moved_here(file, root); !end.empty()) {
      spot.file = std::move(end);
      spot.inside = true;
    }
  }
  return spot;
}

const report::Stack& site_to_change(const Finding& finding) {
  const auto closed = finding.other_sites.find("closed");
  return closed == finding.other_sites.end() || closed->second.empty() ? finding.site : closed->second;
}

Spot spot(const Finding& finding, const std::string& root) {
  const report::Stack& stack = site_to_change(finding);
  for (const Frame& frame : stack)
    if (frame.own && frame.line > 0)
      if (Spot here = spot(frame, root); here.inside) return here;
  const Frame* frame = leading(stack);
  return frame ? spot(*frame, root) : Spot();
}

std::vector<const Finding*> reviewed(const report::Report& report, const Look& look, Suppressed suppressed) {
  std::vector<const Finding*> findings;
  for (const Finding& finding : report.findings)
    if ((finding.severity > report::Severity::note || look.all) &&
        (finding.counts() || suppressed == Suppressed::shown))
      findings.push_back(&finding);
  std::stable_sort(findings.begin(), findings.end(), [](const Finding* a, const Finding* b) {
    const auto rank = [](const Finding& one) {
      return one.counts() ? one.baseline == "new" ? 0 : one.baseline == "grown" ? 1 : 2 : 3;
    };
    if (rank(*a) != rank(*b)) return rank(*a) < rank(*b);
    return a->severity > b->severity;
  });
  return findings;
}

std::string summary_line(const report::Report& report, const Finding& finding) {
  std::string line = headline(report, finding);
  std::set<std::string> said, phases;
  for (const report::Holding& one : finding.resources) {
    if (!one.phase.empty()) phases.insert(visible(one.phase));
    const std::string what = cut_middle(detail(one), longest_example);
    if (what.empty() || said.size() > examples_shown || !said.insert(what).second) continue;
    line += said.size() > examples_shown ? ", ..." : (said.size() == 1 ? ": " : ", ") + what;
  }
  for (const std::string& phase : phases) line += (&phase == &*phases.begin() ? "; in " : ", ") + phase;
  return line;
}

std::string stack_text(const report::Stack& stack, const std::string& root, size_t frames) {
  std::string text;
  for (size_t i = 0; i < std::min(stack.size(), frames); ++i) {
    const Spot here = spot(stack[i], root);
    text += (text.empty() ? "" : "\n") + function(stack[i]);
    if (!here.file.empty())
      text += " (" + visible(here.file) + (here.line ? ':' + std::to_string(here.line) : "") + ')';
  }
  if (stack.size() > frames) text += "\nand " + std::to_string(stack.size() - frames) + " more frames";
  return text;
}

}  // namespace lifeguard::render
