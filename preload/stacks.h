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

// What a walk read of the stack, so that the next one from the same place can be told to be the same by looking at
// these words alone: each is checked without waiting for the one before, which is several times faster than following
// them. By induction from the innermost frame outwards, the same pc, stack pointer and words give the same walk.
struct Trail {
  static constexpr unsigned most = 32;
  uint32_t count;          // of words; more than `most`: too many to be kept
  bool uses_caller_frame;  // the caller's own rbp mattered
  bool repeatable;  // on a thread's own stack, which reaches at least as far next time; no signal frame in between
  uint16_t offset[most];  // from the caller's stack pointer, in words of 8 bytes
  uintptr_t value[most];
};

struct Stack {
  uint64_t key;    // hash of the addresses; never 0
  uint64_t exact;  // bit i: frame i is where a signal struck, no return address
  uint16_t count;
  uint16_t flags;  // ledger::SiteFlag: why it ends before the outermost frame
  bool rules_full;
  bool struck;                // a signal struck in it, further out than where it begins
  uintptr_t pcs[max_depth];   // innermost first
  uintptr_t ends[max_depth];  // where on the stack each frame ends, 0 if that was not worked out
};

// interrupted: the first address is no return address but the instruction where a signal struck.
void walk(Caller caller, unsigned depth, Stack* stack, Trail* trail, bool interrupted = false);

// Whether the stack still reads as the trail says. version: changes where a handler strikes and writes another trail in
// its place, whose offsets may lead past this stack's end: none is followed before it is known to be of this trail.
inline bool same_trail(Caller caller, const Trail& trail, const uint32_t& version, uint32_t expected) {
  auto* stack = reinterpret_cast<const uintptr_t*>(caller.stack);
  uintptr_t differences = 0;
  uint32_t count = trail.count;
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t offset = trail.offset[i];
    asm volatile("" : "+r"(offset)::"memory");
    if (__builtin_expect(version != expected, 0)) return false;
    differences |= stack[offset] ^ trail.value[i];
  }
  return differences == 0;
}

// The first stack is about to be walked: what will be written is not to be met twice, first read and then written.
void begin();

// Looks up the rule for a return address, ahead of the first stack that has it; none, and nothing is noted.
void know(uintptr_t pc);

// Forgets the rules of a range of code that was unloaded.
void forget(uintptr_t begin, uintptr_t end);

// While on, the table grows no more: that takes a system call, which the program may have forbidden itself.
void seal(bool on);

}  // namespace lifeguard::stacks
