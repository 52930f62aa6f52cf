// The library's own life: when it starts, when a process gets its ledger, and what is done at the end.
#pragma once

#include <stdint.h>

#include "preload/caller.h"

namespace lifeguard {

// Makes this process's ledger if it has none yet (first acquisition, or first of a forked child). taken: descriptors
// that the program has just been given, which are therefore not inherited. True: it is being recorded.
bool begin(int taken_first = -1, int taken_second = -1);

// Waits while another thread makes the ledger; not if a handler struck the very thread that does.
void wait_for_maker();

// The process ends by exit with this status: compares the ledger with /proc, says what is left, takes the ledger away
// where nothing is worth keeping. Returns the status to end with.
int finish(int status);

// The program is about to give up its right to system calls: what may still be needed is reserved before, and
// afterwards the library makes none. False: it had done so before. unseal: the call that it was sealed for failed.
bool seal();
void unseal();

}  // namespace lifeguard
