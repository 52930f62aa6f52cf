// One run of a name at a time. A pid file done right: the file is locked, the lock dies with whoever holds it (`run`
// and its keeper hold it together, so it lasts until the tree is gone), and what stands in the file only says who that
// is.
#pragma once

#include <chrono>
#include <string>

#include "src/run/record.h"

namespace lifeguard::run {

// Letters, digits, '.', '_', '+' and '-'.
bool good_exclusive_name(const std::string& name);

// Takes the name's lock, to be kept open until the run is over. False: somebody else has it, and error says who; with
// replace, that one is asked to end, and ended where it does not within the grace.
bool take_exclusive(const std::string& store, const std::string& name, bool replace, std::chrono::nanoseconds grace,
                    int* lock, std::string* error);

}  // namespace lifeguard::run
