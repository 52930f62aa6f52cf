// Making a process's ledger: the file, who the process is, and what it was given by its parent or by the image before.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "preload/ledger.h"

namespace lifeguard {

// Runs beside the program, once for each process (Process::stage sees to that). taken: descriptors that the program has
// just been given, which are therefore not inherited.
bool establish(int taken_first, int taken_second);

// Parts of it, for a child whose ledger was made ahead (spare.h).
// This process is a fork of the one that this image recorded until now, and is called parent.
void begin_as_child(int parent, uint32_t parents_top);
// What the process holds as its ledger begins, other than what it has just been given, it was given by its parent or by
// the image before its exec, whose ledger tells where it came from. until: what was acquired there later is another's.
// open: a bit for each number. streams_untold: that ledger tells nothing of descriptors 0 to 2.
void note_inherited(const book::Source& origin, uint64_t until, int taken_first, int taken_second, const uint64_t* open,
                    size_t words, bool streams_untold = false);
// The ledger comes to lie exactly where the parent's was mapped, so that a pointer held by a hook that a forking signal
// handler interrupted leads into the child's own.
bool lay_over(char* parents);

}  // namespace lifeguard
