// What is done about what is left as a process ends: descriptors closed, and with children=terminate its children
// ended. Afterwards the program runs no more.
#pragma once

#include <stdint.h>

#include "src/ledger/layout.h"

namespace lifeguard::closing {

// Whether there are children that the options want ended.
bool has_children_to_end();

// Closes what this process acquired and has left open: listeners first, never what a FILE stands on, nothing while
// another thread or process uses the same table: the kernel does it at once, and a number that comes free under a
// running thread does harm.
void close_what_is_left(ledger::Cleanup* done);

// Ends each child that was not waited for, as the options say, and counts those that still run. All signals must be
// blocked.
void end_children(ledger::Cleanup* done);

// Puts /dev/null in the place of each listener, so that a core dump, which takes seconds, does not hold their ports.
// For where other threads live, which a closed number could harm.
void listeners_give_way();

}  // namespace lifeguard::closing
