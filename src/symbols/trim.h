// What of a stack people need to see: not lifeguard's own frames, not libc's way into the system call, not libc's way
// into main or the thread. The acquiring call was made by the first frame that is left.
#pragma once

#include "src/report/model.h"

namespace lifeguard::symbols {

void trim(report::Stack* stack);

}  // namespace lifeguard::symbols
