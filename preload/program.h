// What the program itself says and asks, by lifeguard.h: the phase it is in, resources of its own kinds, what is left
// since a moment. The functions there are exported under their own names; here is what the rest of the library needs.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "preload/ledger.h"
#include "preload/state.h"
#include "src/ledger/layout.h"

namespace lifeguard::program {

// Of a resource that is being noted: one load each.
inline uint32_t phase() { return __atomic_load_n(&image.phase, __ATOMIC_RELAXED); }
inline uint32_t mark() { return __atomic_load_n(&image.mark, __ATOMIC_RELAXED); }

// A fresh ledger knows no phases: the one that this process is in is entered there.
void enter_phase_of_now();
inline void carry_phase_over() {
  if (image.phase || image.phase_name[0] || book::header().last_phase) enter_phase_of_now();
}

// Resources that are held now, should have been given back, and were acquired since a mark (0: ever): own code's alone,
// as the verdict at the end has it. Visit is given each as words that a person can read.
struct Left {
  void (*visit)(void* context, const char* kind, const char* detail);
  void* context;
};
size_t left_since(uint32_t mark, const Left* left);

// Waits a little for what other threads are about to give back, where settle= asks for it.
void wait_for_others();
inline void settle() {
  if (image.options.settle_ns) wait_for_others();
}

}  // namespace lifeguard::program
