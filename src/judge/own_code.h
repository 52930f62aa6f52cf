// Marks the frames that are the user's own code: by module as own.h says, or by source file where own= names it. What
// was compiled into an own module from the system's headers (templates, inlined functions) is not the user's.
#pragma once

#include "src/report/model.h"

namespace lifeguard::judge {

// own_list: globs, comma-separated; run_exe: the program of the run's first process.
void mark_own(report::Stack* stack, const std::string& run_exe, const std::string& own_list);

// The innermost frame of own code, null where there is none.
const report::Frame* first_own(const report::Stack& stack);

}  // namespace lifeguard::judge
