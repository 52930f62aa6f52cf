// Who holds what, for people: resources grouped by the stack that acquired them, most first, in words that need neither
// memory nor the tool. Used beside the program only, one list at a time: cleared, filled, written.
#pragma once

#include <stdint.h>

#include "preload/line.h"
#include "src/ledger/layout.h"

namespace lifeguard::holders {

using Text = Line<4096>;

void clear();
void add(uint32_t site, ledger::Kind kind, uint64_t number);
// A line for each of so many sites. The answer: how many of the resources that are listed. may_open: the modules'
// files, for names.
uint32_t write(Text* text, unsigned sites, bool may_open = true);

// "socket", "sockets"
Line<32> words_for(ledger::Kind kind, uint64_t count);

}  // namespace lifeguard::holders
