// What the hooks stand in front of: the next definition of each hooked name in the program's search order, libc's or
// another preload's. All are looked up once, at start, since a look-up takes the loader's lock, which a signal handler
// or a fork child cannot wait for; a hook called even earlier looks up its own.
#pragma once

namespace lifeguard {

struct HookRow {
  const char* name;
  void** next;
};

void resolve_all();
[[gnu::cold]] void* resolve(const HookRow& row);

}  // namespace lifeguard
