// The one way in which lifeguard's tools look at processes: through /proc. A pid alone names nobody, since it is used
// again; together with its start time and the boot it belongs to a process for good.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace lifeguard::system {

struct Identity {
  int pid = 0;         // in its own pid namespace
  uint64_t start = 0;  // field 22 of /proc/PID/stat; 0: not known
  std::array<uint8_t, 16> boot{};
  uint64_t pid_namespace = 0;  // inode; 0: not known
};

std::array<uint8_t, 16> boot_id();

// The pid under which that process is seen from here, 0 where it has ended. A zombie has ended: it holds nothing.
int find_alive(const Identity& who);

// What became of it; a zombie is `ended`. Only for processes of this pid namespace: others are `gone`.
enum class Life { gone, ended, alive };
Life life_of(const Identity& who);

// Whether a process that started then (field 22 of /proc/PID/stat) can be the one whose birth its parent noted at that
// moment of CLOCK_MONOTONIC: shortly before, or longer where the machine slept since.
bool may_have_started(uint64_t start, uint64_t monotonic);

// False: there is no such process, or it cannot be looked at.
bool process_start(int pid, uint64_t* start);

// Files that a process has mapped and whose path (less the mark of a removed file) ends so; each as a name under /proc
// by which it can still be opened, even where it was removed. Needs privileges; nothing is returned without them.
std::vector<std::string> mapped_files(int pid, const std::string& suffix);

// Whether it has something mapped that dlopen may have found by that name.
bool may_have_loaded(int pid, const std::string& name);

// Its arguments with blanks between; empty where it has none or may not be looked at.
std::string command_of(int pid);

std::string read_link(const std::string& path);

}  // namespace lifeguard::system
