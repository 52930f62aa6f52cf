// What the hooks stand in front of: the next definition of each hooked name in the program's search order, libc's or
// another preload's. Each is looked up when it is first called, in the modules' own tables: the loader's look-up takes
// its lock, which a signal handler or a fork child cannot wait for, and to look up all of them at start would take as
// long as all else that is done there. Where a module has no table of that kind, the loader is asked, at start.
#pragma once

#include <stdint.h>

namespace lifeguard {

// Says where a hook's name and its pointer to the next definition lie, each by how far that is from here: so the loader
// has nothing to write into the rows.
struct HookRow {
  int32_t name_distance, next_distance;

  const char* name() const { return reinterpret_cast<const char*>(&name_distance) + name_distance; }
  void** next() const {
    return reinterpret_cast<void**>(reinterpret_cast<uintptr_t>(&next_distance) + static_cast<intptr_t>(next_distance));
  }
};

[[gnu::cold]] void* resolve(const HookRow& row);

// At start.
void prepare_to_resolve();
// Before the first fork: children begin with all that their parent knows. The loader is not asked: what has no
// definition stays without one, and a fork may be made in a signal handler.
void resolve_all();

}  // namespace lifeguard
