// What became of a run's children, threads and names: ledgers say what was, and here the system is asked what still is.
#pragma once

#include "src/report/model.h"

namespace lifeguard::report {

// Drops the things that are not left: children that are known to be gone or belong to a later image's account, threads
// that have ended by themselves, names that are no more or that another process of the run accounts for; and marks what
// is still there. Wants the processes with their ends.
void ask_for_remains(Run* run);

}  // namespace lifeguard::report
