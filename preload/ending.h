// The end of a process, worked out beside it: what is really left, and whether anybody should hear of it.
#pragma once

#include <stdint.h>

#include "src/options/slice.h"

namespace lifeguard::ending {

struct Verdict {
  uint32_t errors = 0;  // findings of severity error, counted by resource
  uint32_t warnings = 0;
  bool relatives = false;  // other processes of the run have left ledgers
  bool bad() const { return errors || warnings; }
};

// Compares the slots with the descriptors that are really open: what is gone is dropped, what was never seen is
// entered.
void reconcile();

// goes_on: it becomes another program; only what that one does not go on with counts.
Verdict judge(bool goes_on = false);

// Whether other processes of the run have left ledgers.
bool others_left_ledgers();

// Whether this is the run's first process.
bool is_first();

// Whether any frame of a site is own code.
bool own_site(uint32_t site);
// A site as the rules that come with the product ask for it.
struct MadeAt {
  uint32_t site;
  bool operator()(Slice files) const;  // one of Python's frames is in such a file
};

// Says what is left, where the options want it said.
void summarize(const Verdict& verdict);
// One line about what could not be kept.
void say_trouble();

}  // namespace lifeguard::ending
