// The time of day of records: CLOCK_MONOTONIC to the kernel's tick, read from the vDSO directly, so that neither a
// preloaded clock (libfaketime) nor a system call stands in between.
#pragma once

#include <stdint.h>

namespace lifeguard::clock {

void find_vdso();   // once, at start
uint64_t now();     // nanoseconds
uint64_t of_day();  // nanoseconds since 1970

// Whether the processor's counter may be read: a program can forbid itself that (PR_SET_TSC, strict seccomp).
void use_counter(bool allowed);

// Just before a fork, for the child.
struct Moment {
  uint64_t time;     // as a record has it
  uint64_t counter;  // the processor's; 0: may not be read
  uint64_t tick;     // as /proc has it: clock ticks since boot
  uint64_t left;     // nanoseconds until the next tick
};
Moment moment();
// Since then no tick has gone by: it is the start time of the process that was forked there.
bool same_tick(const Moment& then);

}  // namespace lifeguard::clock
