#include "src/render/phrases.h"

#include <cstdio>
#include <cstring>
#include <ctime>

#include "src/judge/classes.h"
#include "src/render/escape.h"

namespace lifeguard::render {
namespace {

using report::End;
using report::Finding;
using report::Process;

std::string formatted(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

const Process* process_of(const report::Report& report, const std::string& id) {
  for (const Process& process : report.run.processes)
    if (process.id() == id) return &process;
  return nullptr;
}

std::string signal_text(int number) {
  const char* name = sigabbrev_np(number);
  return name ? "SIG" + std::string(name) + " (" + std::to_string(number) + ')' : "signal " + std::to_string(number);
}

}  // namespace

std::string counted(uint64_t count, const std::string& noun) {
  std::string text = std::to_string(count) + ' ' + noun;
  if (count == 1) return text;
  if (text.ends_with("ory")) return text.replace(text.size() - 1, 1, "ies");
  return text + (text.ends_with("s") ? "es" : "s");
}

std::string duration(report::Time nanoseconds) {
  const double seconds = static_cast<double>(nanoseconds) / 1e9;
  if (seconds < 0.9995) return formatted("%.0f ms", seconds * 1e3);
  if (seconds < 59.95) return formatted("%.1f s", seconds);
  const long whole = static_cast<long>(seconds);
  char text[64];
  if (whole < 3600)
    std::snprintf(text, sizeof text, "%ld min %02ld s", whole / 60, whole % 60);
  else if (whole < 86400)
    std::snprintf(text, sizeof text, "%ld h %02ld min", whole / 3600, whole / 60 % 60);
  else
    std::snprintf(text, sizeof text, "%ld d %02ld h", whole / 86400, whole / 3600 % 24);
  return text;
}

std::string size(uint64_t bytes) {
  double value = static_cast<double>(bytes);
  for (const char* unit : {"B", "KiB", "MiB", "GiB"}) {
    if (value < 1024) return formatted(*unit == 'B' ? "%.0f " : "%.1f ", value) + unit;
    value /= 1024;
  }
  return formatted("%.1f TiB", value);
}

bool held_now(const report::Report& report, const Finding& finding) {
  const bool can_be = finding.name == judge::open_at_end.name || finding.name == judge::running.name ||
                      finding.name == judge::zombie.name;
  if (!can_be || finding.resources.empty()) return false;
  const Process* process = process_of(report, finding.resources.front().process);
  return process && process->end.how == End::How::running;
}

std::string headline(const report::Report& report, const Finding& finding) {
  const judge::Class* of = judge::class_named({finding.name.data(), finding.name.size()});
  std::string what = of ? of->title : finding.name;
  if (held_now(report, finding))
    what = of == &judge::open_at_end ? "held open" : of == &judge::running ? "running" : "ended, not waited for yet";
  else if (of && of->forgiven_when_killed && !finding.resources.empty() && finding.resources.front().state != "live" &&
           finding.resources.front().state != "daemon")
    what = of == &judge::open_at_end ? "open when killed" : what + " when its process was killed";
  std::string text = counted(finding.count, visible(finding.kind)) + ' ' + visible(what);
  if (finding.processes.size() > 1)
    text += " in " + std::to_string(finding.processes.size()) + " processes, at most " +
            std::to_string(finding.max_per_process) + " in one";
  return text;
}

std::string place(const report::Frame& frame, const std::string& cwd) {
  if (!frame.file.empty()) {
    std::string file = frame.file;
    if (!cwd.empty() && cwd != "/" && file.starts_with(cwd + '/')) file.erase(0, cwd.size() + 1);
    return visible(file) + (frame.line > 0 ? ':' + std::to_string(frame.line) : "");
  }
  char offset[32];
  std::snprintf(offset, sizeof offset, "0x%llx", static_cast<unsigned long long>(frame.offset));
  if (frame.module.empty()) return offset;
  return visible(frame.module.substr(frame.module.rfind('/') + 1)) + '+' + offset;
}

std::string function(const report::Frame& frame) { return frame.function.empty() ? "??" : visible(frame.function); }

const report::Frame* leading(const report::Stack& stack) {
  for (const report::Frame& frame : stack)
    if (frame.own) return &frame;
  return stack.empty() ? nullptr : &stack.front();
}

std::string at(const report::Stack& stack, const std::string& cwd) {
  const report::Frame* frame = leading(stack);
  if (!frame) return {};
  return " at " + place(*frame, cwd) + (frame->function.empty() ? "" : " in " + function(*frame));
}

// What it had been asked not long before, which is most often why.
static std::string after(const Process& process) {
  constexpr report::Time soon = 10'000'000'000;
  const End& end = process.end;
  if (!end.handled || (end.when && end.handled_when && end.when > end.handled_when + soon)) return {};
  return ", after " + signal_text(end.handled) +
         (end.handled_from && end.handled_from != process.pid ? " from process " + std::to_string(end.handled_from)
                                                              : "");
}

std::string ending(const Process& process) {
  const End& end = process.end;
  switch (end.how) {
    case End::How::exit:
      return "ended with status " + std::to_string(end.status) + after(process);
    case End::How::signal:
      return "killed by " + signal_text(end.signal) +
             (end.sender == process.pid ? " of its own"
              : end.sender              ? " from process " + std::to_string(end.sender)
                                        : "");
    case End::How::exec:
      return "went on as another program (exec)";
    case End::How::running:
      return "runs";
    case End::How::vanished:
      break;
  }
  return "vanished (killed, no word left)" + after(process);
}

std::string program(const std::string& command, int pid, unsigned width) {
  return cut(visible(command), width) + " (" + std::to_string(pid) + ')';
}

std::string command_line(const std::vector<std::string>& command) {
  static constexpr char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  std::string line;
  for (const std::string& word : command) {
    if (!line.empty()) line += ' ';
    std::string shown = visible(word);
    if (!shown.empty() && shown.find_first_not_of(plain) == std::string::npos) {
      line += shown;
      continue;
    }
    for (size_t at = 0; (at = shown.find('\'', at)) != std::string::npos; at += 4) shown.replace(at, 1, "'\\''");
    line += '\'' + shown + '\'';
  }
  return line;
}

std::string label(const Finding& finding, const report::Holding& holding) {
  if (!holding.name.empty()) return {};
  const char* what = finding.kind == "process"                 ? "pid "
                     : finding.kind == "thread"                ? "tid "
                     : finding.name == judge::left_behind.name ? "id "
                                                               : "fd ";
  return what + std::to_string(holding.number);
}

std::string detail(const report::Holding& holding) {
  std::string text = visible(holding.detail.empty() ? holding.name : holding.detail);
  if (holding.bytes) text += (text.empty() ? "" : ", ") + size(holding.bytes) + " on disk until it is closed";
  return text;
}

report::Time held_for(const report::Report& report, const report::Holding& holding) {
  const Process* process = process_of(report, holding.process);
  if (!process || holding.born == 0 || holding.state == "closed") return 0;
  report::Time until = process->end.when;
  if (process->end.how == End::How::running) {
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    until = now.tv_sec * 1'000'000'000 + now.tv_nsec;
  }
  return until > holding.born ? until - holding.born : 0;
}

}  // namespace lifeguard::render
