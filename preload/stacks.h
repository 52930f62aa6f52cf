// The walk: from a hook's caller outwards, return address by return address.
//
// Hot: one lock-free table, shared by all threads and inherited by fork, gives for each code address the rule that
// leads to its caller's frame (unwind_rules.h); a frame costs one look-up and two loads. Cold: an address met for the
// first time is looked up in the module's own tables and entered. Neither takes a lock, allocates, or opens anything,
// so both may run in signal handlers and in children of threaded programs.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "preload/caller.h"

namespace lifeguard::stacks {

inline constexpr unsigned max_depth = 64;

struct Stack {
  uint64_t key;    // hash of the addresses; never 0
  uint64_t exact;  // bit i: frame i is where a signal struck, no return address
  uint16_t count;
  uint16_t flags;  // ledger::SiteFlag: why it ends before the outermost frame
  bool rules_full;
  uintptr_t pcs[max_depth];  // innermost first
};

void walk(Caller caller, unsigned depth, Stack* stack);

// Forgets the rules of a range of code that was unloaded.
void forget(uintptr_t begin, uintptr_t end);

// While on, the table grows no more: that takes a system call, which the program may have forbidden itself.
void seal(bool on);

}  // namespace lifeguard::stacks
