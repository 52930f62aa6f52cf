// Going through what is on record in this process's ledger.
#pragma once

#include <stdint.h>

#include "preload/ledger.h"
#include "preload/state.h"

namespace lifeguard {

// Visit(number, Slot*, its word), for every descriptor that something was ever noted of.
template <typename Visit>
void each_slot(Visit visit) {
  constexpr uint32_t slots_in_chunk = chunk_size / sizeof(ledger::Slot);
  uint64_t top = book::header().descriptor_top;
  for (uint32_t fd = 0; fd < top && fd < image.descriptors; ++fd) {
    if (!process.chunks[Plan::slots.place(fd) >> chunk_shift]) {
      fd |= slots_in_chunk - 1;
      continue;
    }
    ledger::Slot* slot = &book::slots()[fd];
    visit(fd, slot, __atomic_load_n(&slot->word, __ATOMIC_ACQUIRE));
  }
}

// Visit(Thing*, its word), for every live resource that is no descriptor.
template <typename Visit>
void each_thing(Visit visit) {
  uint32_t used = book::used(ledger::Region::things);
  for (uint32_t i = 1; i < used && i < Plan::things.count; ++i) {
    ledger::Thing* thing = &book::things()[i];
    uint64_t word = __atomic_load_n(&thing->word, __ATOMIC_ACQUIRE);
    if (ledger::word_state(word) == ledger::State::live) visit(thing, word);
  }
}

}  // namespace lifeguard
