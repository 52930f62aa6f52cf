#include "src/render/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace lifeguard::render {
namespace {

bool set(const char* name) {
  const char* value = std::getenv(name);
  return value && *value;
}

winsize screen(int descriptor) {
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) size = {};
  return size;
}

bool write_all(const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

}  // namespace

Look look_at(int descriptor) {
  Look look;
  const bool terminal = isatty(descriptor) == 1;
  const char* kind = std::getenv("TERM");
  const bool dumb = kind && std::strcmp(kind, "dumb") == 0;
  const char* forced = std::getenv("FORCE_COLOR");
  look.color = set("NO_COLOR") ? false : forced ? std::strcmp(forced, "0") != 0 : terminal && !dumb;
  if (terminal) {
    look.width = screen(descriptor).ws_col;
    if (look.width == 0 && set("COLUMNS"))
      look.width = static_cast<unsigned>(std::clamp(std::atoi(std::getenv("COLUMNS")), 0, 1000));
    if (look.width) look.width = std::max(look.width, 40u);
  }
  char cwd[4096];
  if (getcwd(cwd, sizeof cwd)) look.cwd = cwd;
  return look;
}

bool show(const std::string& text, bool pager) {
  const auto rows = screen(STDOUT_FILENO).ws_row;
  const char* asked = std::getenv("PAGER");
  const std::string command = asked ? asked : "less";
  if (!pager || isatty(STDOUT_FILENO) != 1 || rows == 0 || command.empty() || command == "cat" ||
      std::count(text.begin(), text.end(), '\n') < rows)
    return write_all(text);
  setenv("LESS", "FRX", 0);       // colours as they are, and no pager where one screen does
  std::signal(SIGPIPE, SIG_IGN);  // who has seen enough leaves the pager early
  // PAGER is a shell command by custom. NOLINTNEXTLINE(cert-env33-c)
  FILE* pipe = popen(command.c_str(), "w");
  if (!pipe) return write_all(text);
  std::fwrite(text.data(), 1, text.size(), pipe);
  const int status = pclose(pipe);
  return WIFEXITED(status) && WEXITSTATUS(status) == 127 ? write_all(text) : true;  // there is no such pager
}

}  // namespace lifeguard::render
