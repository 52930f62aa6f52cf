// What is left at the end of resources that are no descriptors.
#pragma once

#include <stdint.h>

#include "src/ledger/layout.h"

namespace lifeguard::remains {

// In the process itself, since only a parent may ask: which children have ended unwaited for; and which threads have.
void ask();
// Beside it: what else can be seen of the children, which threads have ended, which names still exist.
void look_closer();

struct Count {
  uint32_t errors = 0, warnings = 0;
};
// goes_on: as another program, which has the children from then on.
Count judge(bool goes_on);

bool has_children();

// When the last child was born that lives on as a daemon; 0: there is none. What was open then has gone to it.
uint64_t daemon_born();

}  // namespace lifeguard::remains
