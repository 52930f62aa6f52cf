#include "src/system/descriptors.h"

#include <dirent.h>
#include <sys/stat.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

#include "src/system/process.h"

namespace lifeguard::system {
namespace {

using ledger::Kind;

std::string folder_of(int pid) { return "/proc/" + std::to_string(pid) + "/fd/"; }

bool begins(const std::string& text, std::string_view with) { return text.rfind(with, 0) == 0; }

// What a link that is no path stands for; none for a path.
Kind kind_of_link(const std::string& target) {
  if (begins(target, "socket:[")) return Kind::socket;
  if (begins(target, "pipe:[")) return Kind::pipe;
  if (begins(target, "anon_inode:") || begins(target, "pidfd:[")) return Kind::event;
  if (begins(target, "/memfd:")) return Kind::memfd;
  if (begins(target, "/dev/pts/") || target == "/dev/ptmx" || target == "/dev/pts/ptmx") return Kind::pty;
  return Kind::none;
}

}  // namespace

bool list_descriptors(int pid, Descriptors* open, std::string* error) {
  open->clear();
  const std::string folder = folder_of(pid);
  DIR* directory = opendir(folder.c_str());
  if (!directory) {
    *error = std::strerror(errno);
    return false;
  }
  while (const dirent* entry = readdir(directory)) {
    const std::string_view name = entry->d_name;
    int number;
    auto [end, wrong] = std::from_chars(name.begin(), name.end(), number);
    if (wrong != std::errc() || end != name.end()) continue;
    std::string target = read_link(folder + entry->d_name);
    if (!target.empty()) (*open)[number] = std::move(target);
  }
  closedir(directory);
  return true;
}

Kind kind_of(int pid, int number, const std::string& target) {
  const Kind told = kind_of_link(target);
  if (told != Kind::none) return told;
  struct stat status;
  if (stat((folder_of(pid) + std::to_string(number)).c_str(), &status) != 0) return Kind::descriptor;
  if (S_ISDIR(status.st_mode)) return Kind::directory;
  if (S_ISFIFO(status.st_mode)) return Kind::pipe;
  return Kind::file;
}

bool may_be(Kind recorded, const std::string& target) {
  const Kind shown = kind_of_link(target);
  switch (recorded) {
    case Kind::socket:
    case Kind::listener:
      return shown == Kind::socket;
    case Kind::event:
      return shown == Kind::event;
    case Kind::file:
    case Kind::directory:
      return shown != Kind::socket && shown != Kind::event;  // /proc/PID/fd/N can open the others
    default:
      return true;  // a named pipe is a path, and what was received may be anything
  }
}

uint64_t deleted_bytes(int pid, int number) {
  struct stat status;
  if (stat((folder_of(pid) + std::to_string(number)).c_str(), &status) != 0) return 0;
  return S_ISREG(status.st_mode) && status.st_nlink == 0 ? static_cast<uint64_t>(status.st_blocks) * 512 : 0;
}

}  // namespace lifeguard::system
