// What lies in the run's folder beside this image's own ledger. All of it is asked beside the program (beside.h).
#pragma once

#include "src/ledger/layout.h"

namespace lifeguard::folder {

// Of the ledger with that name, or null: there is none, or it was made ahead and no process has it yet. Good until the
// next one is asked for.
const ledger::Header* header_of(int run, const char* name);

// Whether other processes of the run have left ledgers; and whether one of them lives, which may use what was made, and
// take it away.
bool others_left_ledgers();
bool others_live();

// Takes the ledger away, and the folder if nothing else is in it.
void remove_ledger();

// Takes away what this process's images before an exec recorded, where nothing in it is worth keeping.
void remove_earlier_images(int pid);

}  // namespace lifeguard::folder
