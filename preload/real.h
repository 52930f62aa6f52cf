// What the hooks stand in front of: the next definition of each hooked name in the program's search order, libc's or
// another preload's. Each is looked up when it is first called, in the modules' own tables: the loader's look-up takes
// its lock, which a signal handler or a fork child cannot wait for, and to look up all of them at start would take as
// long as all else that is done there. Where a module has no table of that kind, the loader is asked, at start.
#pragma once

namespace lifeguard {

struct HookRow {
  const char* name;
  void** next;
};

[[gnu::cold]] void* resolve(const HookRow& row);

extern const HookRow row_syscall;  // its hook is in entry.S, and goes on by what is known already

// At start.
void prepare_to_resolve();
// Before the first fork: children begin with all that their parent knows.
void resolve_all();

}  // namespace lifeguard
