// Functions' names, where the tool is not there to tell them: from the symbols that a module exports, and where that
// tells nothing from its file.
#pragma once

#include <stdint.h>

#include "preload/line.h"
#include "src/ledger/layout.h"

namespace lifeguard::names {

// Of loaded code. Asks for nothing but memory.
bool exported(uintptr_t pc, Line<256>* out);
// Of a call's return address in a module. Opens its file: to be called beside the program.
bool of(const ledger::Module& module, uint64_t offset, bool may_open, Line<256>* out);

}  // namespace lifeguard::names
