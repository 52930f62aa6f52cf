#include "src/system/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <unordered_map>

namespace lifeguard::system {
namespace {

// Bytes of a file under /proc, at most size - 1, zero-ended; 0: none.
size_t read_small(const char* path, char* to, size_t size) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  size_t used = 0;
  while (used + 1 < size) {
    const ssize_t n = read(file, to + used, size - 1 - used);
    if (n <= 0) break;
    used += static_cast<size_t>(n);
  }
  close(file);
  to[used] = 0;
  return used;
}

bool parse(const char* text, size_t size, Seen* seen) {
  const std::string_view line(text, size);
  const size_t open = line.find('('), close = line.rfind(')');  // the name may hold anything, parentheses too
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return false;
  seen->name = line.substr(open + 1, close - open - 1);
  unsigned long long start = 0;
  const int read =
      std::sscanf(text + close + 1, " %c %d %d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
                  &seen->state, &seen->parent, &seen->group, &seen->session, &start);
  seen->start = start;
  return read == 5;
}

}  // namespace

bool look_at(int pid, Seen* seen) {
  char path[64], text[1024];
  std::snprintf(path, sizeof path, "/proc/%d/stat", pid);
  const size_t size = read_small(path, text, sizeof text);
  seen->pid = pid;
  return size > 0 && parse(text, size, seen);
}

std::vector<Seen> look_at_all() {
  std::vector<Seen> all;
  DIR* directory = opendir("/proc");
  if (!directory) return all;
  while (const dirent* entry = readdir(directory)) {
    const std::string_view name = entry->d_name;
    Seen seen;
    int pid = 0;
    const auto [end, wrong] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (wrong == std::errc() && *end == 0 && look_at(pid, &seen)) all.push_back(std::move(seen));
  }
  closedir(directory);
  return all;
}

std::vector<Seen> descendants(const std::vector<Seen>& all, int root) {
  std::unordered_map<int, std::vector<const Seen*>> children;
  for (const Seen& one : all)
    if (one.pid != root) children[one.parent].push_back(&one);
  std::vector<Seen> found;
  std::vector<int> parents{root};
  for (size_t next = 0; next < parents.size(); ++next) {
    const auto below = children.find(parents[next]);
    if (below == children.end()) continue;
    for (const Seen* one : below->second) {
      found.push_back(*one);
      parents.push_back(one->pid);
    }
    children.erase(below);  // a look that is no moment may hold a circle
  }
  return found;
}

bool children_of(int pid, std::vector<int>* children) {
  char path[64], text[4096];
  std::snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
  if (access(path, R_OK) != 0) return false;
  children->clear();
  text[read_small(path, text, sizeof text)] = 0;
  const char* at = text;
  for (char* end = nullptr; *at; at = end + (*end == ' ')) {
    const long child = std::strtol(at, &end, 10);
    if (end == at || (!*end && end[-1] != ' ')) break;  // a number at the very end may be cut
    children->push_back(static_cast<int>(child));
    if (!*end) break;
  }
  return true;
}

std::string initial_environment(int pid, const std::string& name) {
  constexpr size_t largest = 4 << 20;
  const int file = open(("/proc/" + std::to_string(pid) + "/environ").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return "";
  std::string text;
  char piece[16384];
  for (ssize_t n; text.size() < largest && (n = read(file, piece, sizeof piece)) > 0;)
    text.append(piece, static_cast<size_t>(n));
  close(file);
  const std::string wanted = name + '=';
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\0', at), text.size());
    if (text.compare(at, wanted.size(), wanted) == 0) return text.substr(at + wanted.size(), end - at - wanted.size());
    at = end + 1;
  }
  return "";
}

}  // namespace lifeguard::system
