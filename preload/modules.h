// The program's modules, as its ledger has them: entered when a stack first meets them, retired when they are unloaded.
#pragma once

#include "preload/ledger.h"

namespace lifeguard::book {

// A native frame of a stack, as the ledger keeps it. last: the module of the frame before, which is most often this
// one's too; ledger::frame_no_module where there is none.
uint64_t frame_of(uintptr_t pc, bool exact, uint32_t* last);

// Module `number` of another ledger, taken over.
uint32_t take_over_module(const Source& other, uint32_t number);

// Whether the module lies where it lay when it was entered.
bool still_there(const ledger::Module& module);

// A module was unloaded, or may have been: what is gone is marked, its sites and rules are retired.
void modules_changed();

}  // namespace lifeguard::book
