// All processes at a glance, and which of them descend from one. A look is no moment: processes come and go while it is
// taken, so whoever has to be sure looks again, or asks the kernel in another way.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lifeguard::system {

struct Seen {
  int pid = 0, parent = 0, group = 0, session = 0;
  char state = 0;      // as /proc/PID/stat has it: Z is a zombie
  uint64_t start = 0;  // field 22 of /proc/PID/stat
  std::string name;    // its first 15 bytes
};

// False: there is no such process, or /proc cannot be read.
bool look_at(int pid, Seen* seen);

// Every process that /proc shows.
std::vector<Seen> look_at_all();

// Of those, what descends from root, parents before their children; root itself is not among them.
std::vector<Seen> descendants(const std::vector<Seen>& all, int root);

// The children of a process with one thread, quicker than by looking at all; false where the kernel does not tell.
bool children_of(int pid, std::vector<int>* children);

// A variable of the environment that a process began with; empty where it has none or may not be asked.
std::string initial_environment(int pid, const std::string& name);

}  // namespace lifeguard::system
