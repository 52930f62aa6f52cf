// Ledgers made ahead. Making, filling up and removing a file is most of what a short-lived forked child costs; where
// children of a process turn out to keep ledgers, the process makes one ahead, mapped, in the run's folder, under a
// name that no reader looks for. A child takes it over, which gives it its proper name, and hands it back, cleaned, if
// it ends with nothing worth keeping. A killed child's stays: then it is that child's ledger like any other.
//
// Who has it, a word in its first page tells, which all of the family share; it moves by compare-and-swap.
#pragma once

#include <stdint.h>

namespace lifeguard::spare {

// In a process about to fork: one is made or replaced if children need it.
void prepare();
// In a forked child that makes its ledger: takes the parent's over, under this name. Null: there is none to be had.
char* take_over(int pid, const char* name, uint64_t* chunks_left);
// In such a child, in place of removing its ledger. False: it has to be removed.
bool hand_back();
// This process needs none any more (it ends, or becomes another program).
void drop();

}  // namespace lifeguard::spare
