// What a run made for a while and left on disk or in the kernel: temporary files, paths of unix sockets, shared memory,
// semaphores, queues. Only what is still the very thing that was recorded, and that nobody holds, is removed.
#pragma once

#include <string>
#include <vector>

#include "src/report/model.h"

namespace lifeguard::run {

struct Leftover {
  report::Thing thing;
  std::string name;  // for people
  std::string why;   // why it stays; empty: it may go
};

// Of the ledgers in a run's folder.
std::vector<Leftover> find_leftovers(const std::string& folder);
// False: the system refused, and why says so.
bool remove_leftover(Leftover* one);

// Both; the names of what was removed.
std::vector<std::string> remove_leftovers(const std::string& folder);

}  // namespace lifeguard::run
