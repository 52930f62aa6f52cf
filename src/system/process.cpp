#include "src/system/process.h"

#include <dirent.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <fstream>
#include <memory>
#include <sstream>

namespace lifeguard::system {
namespace {

std::string proc(int pid, const char* name) { return "/proc/" + std::to_string(pid) + '/' + name; }

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

std::vector<int> numbered_entries(const std::string& path) {
  std::vector<int> numbers;
  std::unique_ptr<DIR, CloseDirectory> directory(opendir(path.c_str()));
  if (!directory) return numbers;
  while (const dirent* entry = readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    int number;
    auto [end, wrong] = std::from_chars(name.begin(), name.end(), number);
    if (wrong == std::errc() && end == name.end()) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

struct Stat {
  char state = 0;
  uint64_t start = 0;
};

bool read_stat(int pid, Stat* stat) {
  std::ifstream file(proc(pid, "stat"));
  std::string line;
  if (!std::getline(file, line, '\0')) return false;
  const size_t after_name = line.rfind(')');  // the name may hold anything, blanks and parentheses too
  if (after_name == std::string::npos) return false;
  std::istringstream fields(line.substr(after_name + 1));
  std::string skipped;
  fields >> stat->state;
  for (int field = 4; field < 22; ++field) fields >> skipped;
  return static_cast<bool>(fields >> stat->start);
}

// A process whose first thread has ended while others run is shown as a zombie too.
bool gone(int pid, const Stat& stat) {
  if (stat.state == 'X' || stat.state == 'x') return true;
  return stat.state == 'Z' && numbered_entries(proc(pid, "task")).size() < 2;
}

uint64_t namespace_of(int pid) {
  struct stat status;
  return stat(proc(pid, "ns/pid").c_str(), &status) == 0 ? status.st_ino : 0;
}

// The pid that a process has in the innermost namespace it belongs to.
int innermost_pid(int pid) {
  std::ifstream file(proc(pid, "status"));
  std::string line;
  while (std::getline(file, line))
    if (line.rfind("NSpid:", 0) == 0) {
      const size_t at = line.find_last_of(" \t");
      return at == std::string::npos ? 0 : std::atoi(line.c_str() + at);
    }
  return 0;
}

bool is(int pid, const Identity& who) {
  Stat stat;
  return read_stat(pid, &stat) && (who.start == 0 || stat.start == who.start) && !gone(pid, stat);
}

}  // namespace

std::array<uint8_t, 16> boot_id() {
  std::array<uint8_t, 16> id{};
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string text;
  std::getline(file, text);
  std::erase(text, '-');
  for (size_t i = 0; i < id.size() && 2 * i + 2 <= text.size(); ++i)
    std::from_chars(text.data() + 2 * i, text.data() + 2 * i + 2, id[i], 16);
  return id;
}

int find_alive(const Identity& who) {
  static const std::array<uint8_t, 16> unknown{};
  if (who.pid <= 0 || (who.boot != unknown && who.boot != boot_id())) return 0;
  static const uint64_t here = namespace_of(getpid());
  if (who.pid_namespace == 0 || here == 0 || who.pid_namespace == here) return is(who.pid, who) ? who.pid : 0;
  // It lives in a container: its number is another one here.
  if (who.start == 0) return 0;
  for (int pid : numbered_entries("/proc"))
    if (is(pid, who) && namespace_of(pid) == who.pid_namespace && innermost_pid(pid) == who.pid) return pid;
  return 0;
}

Life life_of(const Identity& who) {
  static const std::array<uint8_t, 16> unknown{};
  static const uint64_t here = namespace_of(getpid());
  Stat stat;
  if (who.pid <= 0 || (who.boot != unknown && who.boot != boot_id()) ||
      (who.pid_namespace && here && who.pid_namespace != here) || !read_stat(who.pid, &stat) ||
      (who.start && stat.start != who.start) || stat.state == 'X' || stat.state == 'x')
    return Life::gone;
  return gone(who.pid, stat) ? Life::ended : Life::alive;
}

bool may_have_started(uint64_t start, uint64_t monotonic) {
  constexpr int64_t second = 1'000'000'000, slack = second / 5;
  auto now = [](clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return time.tv_sec * second + time.tv_nsec;
  };
  const int64_t slept = now(CLOCK_BOOTTIME) - now(CLOCK_MONOTONIC);
  const int64_t tick = second / sysconf(_SC_CLK_TCK);
  int64_t started, later;
  if (__builtin_mul_overflow(static_cast<int64_t>(start), tick, &started) ||
      __builtin_sub_overflow(started, static_cast<int64_t>(monotonic), &later))
    return false;
  return later > -2 * second && later < slept + slack;
}

bool process_start(int pid, uint64_t* start) {
  Stat stat;
  if (!read_stat(pid, &stat)) return false;
  *start = stat.start;
  return true;
}

std::string command_of(int pid) {
  std::ifstream file(proc(pid, "cmdline"));
  std::string text(4096, 0);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  while (!text.empty() && text.back() == 0) text.pop_back();
  std::replace(text.begin(), text.end(), '\0', ' ');
  return text;
}

std::string read_link(const std::string& path) {
  char target[PATH_MAX];
  const ssize_t n = readlink(path.c_str(), target, sizeof target);
  return n > 0 ? std::string(target, static_cast<size_t>(n)) : std::string();
}

bool may_have_loaded(int pid, const std::string& name) {
  // Names on disk have more of a version behind them: libz.so.1 is libz.so.1.2.13.
  const std::string asked = name.substr(name.rfind('/') + 1);
  std::ifstream file(proc(pid, "maps"));
  std::string line;
  while (std::getline(file, line)) {
    const size_t last = line.rfind('/');
    if (last != std::string::npos && line.compare(last + 1, asked.size(), asked) == 0) return true;
  }
  return false;
}

std::vector<std::string> mapped_files(int pid, const std::string& suffix) {
  static constexpr std::string_view removed = " (deleted)";
  std::vector<std::string> found;
  const std::string folder = proc(pid, "map_files");
  std::unique_ptr<DIR, CloseDirectory> directory(opendir(folder.c_str()));
  if (!directory) return found;
  while (const dirent* entry = readdir(directory.get())) {
    const std::string name = folder + '/' + entry->d_name;
    std::string target = read_link(name);
    if (target.ends_with(removed)) target.resize(target.size() - removed.size());
    if (target.ends_with(suffix)) found.push_back(name);
  }
  return found;
}

}  // namespace lifeguard::system
