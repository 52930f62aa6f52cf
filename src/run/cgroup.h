// A cgroup for a run, where the system lets us make one (root, or a delegated subtree): then all of a tree can be ended
// by one write, and found again when `run` and its keeper are gone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lifeguard::run {

// Makes one below that of this process. Returns its folder open, for a child to begin in; -1: there is none.
int make_cgroup(int pid, uint64_t start, std::string* folder);

// Puts what is still in it back to where this process is, and removes it.
void leave_cgroup(const std::string& folder);

// Whether that folder is a cgroup that make_cgroup() may have made.
bool is_cgroup_of_run(const std::string& folder);
std::vector<int> members_of_cgroup(const std::string& folder);

}  // namespace lifeguard::run
