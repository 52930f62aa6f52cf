// A run's processes in the order of who started whom.
#pragma once

#include <cstddef>
#include <vector>

#include "src/report/model.h"

namespace lifeguard::render {

struct Branch {
  size_t process;  // its place in run.processes
  unsigned depth;
};

// Parents before their children, siblings in the order they began. Later images of a process follow the earlier ones,
// beside them; a process whose parent is not known stands at the edge.
std::vector<Branch> tree_of(const report::Run& run);

}  // namespace lifeguard::render
