#include "tools/outputs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>

#include "src/render/spot.h"
#include "src/render/terminal.h"
#include "src/system/process.h"
#include "tools/command.h"

namespace lifeguard::tools {
namespace {

bool set(const char* name) {
  const char* value = std::getenv(name);
  return value && *value && std::strcmp(value, "false") != 0;
}

// Whether it can be written, without losing what stands in it: a run may yet fail to start.
bool writable(const std::string& file, std::string* error) {
  struct stat status;
  const bool existed = stat(file.c_str(), &status) == 0;
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
  if (descriptor >= 0) {
    ::close(descriptor);
    return true;
  }
  if (existed && S_ISFIFO(status.st_mode) && errno == ENXIO) return true;  // its reader may come yet
  *error = "cannot write " + file + ": " + std::strerror(errno);
  return false;
}

}  // namespace

std::shared_ptr<Outputs> Outputs::declare(Arguments& arguments, const std::string& format_help) {
  auto outputs = std::make_shared<Outputs>();
  std::string formats;
  for (const render::Renderer& renderer : render::renderers())
    formats += (formats.empty() ? "" : " ") + std::string(renderer.name);
  arguments.text("--format", "F", outputs->format_, format_help + ": " + formats);
  arguments.texts("--out", "F=FILE", outputs->outs_, "write it to a file as well, in that format; may be given again");
  arguments.flag("--all,-v", outputs->all_, "every note, descriptor and frame in full");
  arguments.flag("--no-pager", outputs->no_pager_, "never page, also on a terminal");
  return outputs;
}

void Outputs::choose_for_ci() {
  if (!format_.empty()) return;
  if (set("GITHUB_ACTIONS")) {
    format_ = "github";
    if (const char* summary = std::getenv("GITHUB_STEP_SUMMARY"); summary && *summary)
      chosen_.push_back({nullptr, "markdown=" + std::string(summary), true, false});
  } else if (set("GITLAB_CI")) {
    chosen_.push_back({nullptr, "gitlab=gl-code-quality-report.json", false, true});
  } else if (set("JENKINS_URL")) {
    chosen_.push_back({nullptr, "junit=lifeguard-junit.xml", false, true});
  }
}

bool Outputs::prepare(std::string* error) {
  renderer_ = render::renderer_named(format_.empty() ? "text" : format_, error);
  if (!renderer_) return false;
  outputs_.clear();
  std::vector<Output> wanted;
  for (const std::string& out : outs_) wanted.push_back({nullptr, out, false, false});
  for (const Output& one : chosen_) {
    // Asked for by --out, it need not be chosen.
    const std::string format = one.file.substr(0, one.file.find('=') + 1);
    bool asked = false;
    for (const std::string& out : outs_) asked = asked || out.starts_with(format);
    if (!asked || one.append) wanted.push_back(one);
  }
  for (Output& one : wanted) {
    const std::string text = one.file;
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals + 1 == text.size()) {
      *error = "--out takes FORMAT=FILE, not '" + text + "'";
      return false;
    }
    one.renderer = render::renderer_named(text.substr(0, equals), error);
    one.file = text.substr(equals + 1);
    if (!one.renderer || !writable(one.file, error)) return false;
    outputs_.push_back(one);
  }
  return true;
}

bool Outputs::write_file(const Output& output, const report::Report& report, const render::Look& look) {
  errno = 0;
  std::ofstream file(output.file, output.append ? std::ios::app : std::ios::trunc);
  if (file) output.renderer->render(report, look, file);
  file.close();
  if (!file) {
    complain("cannot write " + output.file + ": " + std::strerror(errno));
    return false;
  }
  if (output.said) complain("wrote " + output.file + " (" + output.renderer->what + ")");
  return true;
}

bool Outputs::for_people() const { return renderer_->render == render::text; }

bool Outputs::write(const report::Report& report, report::Severity fail_on, People people, bool worth_reading) {
  render::Look look;
  look.all = all_;
  look.fail_on = fail_on;
  look.root = render::repository_root(system::read_link("/proc/self/cwd"));
  for (const Output& output : outputs_)
    if (!write_file(output, report, look)) return false;
  if (!worth_reading && !tells_always()) return true;
  if (for_people() && people == People::standard_error) {
    render::Look there = render::look_at(STDERR_FILENO);
    there.all = all_;
    std::cout.flush();
    renderer_->render(report, there, std::cerr);
    std::cerr.flush();
    return true;
  }
  if (!for_people()) {
    renderer_->render(report, look, std::cout);
    std::cout.flush();
    if (std::cout) return true;
  } else {
    render::Look there = render::look_at(STDOUT_FILENO);
    there.all = all_;
    std::ostringstream text;
    renderer_->render(report, there, text);
    if (render::show(text.str(), !no_pager_)) return true;
  }
  complain(std::string("cannot write to standard output: ") + std::strerror(errno));
  return false;
}

}  // namespace lifeguard::tools
