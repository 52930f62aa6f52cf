// The time of day of records: CLOCK_MONOTONIC to the kernel's tick, read from the vDSO directly, so that neither a
// preloaded clock (libfaketime) nor a system call stands in between.
#pragma once

#include <stdint.h>

namespace lifeguard::clock {

void find_vdso();  // once, at start
uint64_t now();    // nanoseconds

// Whether the processor's counter may be read: a program can forbid itself that (PR_SET_TSC, strict seccomp).
void use_counter(bool allowed);

// A process started now would have this start time in /proc: clock ticks since boot.
uint64_t start_tick();

}  // namespace lifeguard::clock
