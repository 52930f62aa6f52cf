// Ledgers made ahead. Making, filling up and removing a file is most of what a short-lived forked child costs; where
// children of a process turn out to keep ledgers, the process makes one ahead, mapped, in the run's folder: its header
// is filled in but for what only the child knows, and it holds all modules and stacks that the process knows itself. A
// child takes it by entering its own name into it, and hands it back, cleaned but for what it learned of the code, if
// it ends with nothing worth keeping. A killed child's stays: then it is that child's ledger like any other.
//
// A child lives in other pages than its parent, and each that it touches first costs more than a system call: what is
// done here goes by that. Who has it, a word in its first page tells, which all of the family share; it moves by
// compare-and-swap. Until a child has it, it has no magic, and no reader looks at it.
#pragma once

#include <stdint.h>

namespace lifeguard::spare {

// In a process about to fork: one is made or replaced if children need it.
void prepare();
// In a forked child: its ledger is its parent's spare from here on. taken: as with establish(). False: nothing was
// done.
bool begin(int taken_first, int taken_second);
// In such a child, in place of removing its ledger. False: it has to be removed.
bool hand_back();
// In such a child: its ledger is to stay, or to be known to others, and takes the name that all ledgers have.
void settle();
// This process needs none any more (it ends, becomes another program, or unloads code).
void drop();

// In such a child: it had to look up the rule for this address, which its parent may as well know.
void asked(uint64_t pc);

}  // namespace lifeguard::spare
