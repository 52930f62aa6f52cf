// Addresses that a program could not have, told at its end: who has them, and what would free them.
#pragma once

#include <ostream>
#include <string>

#include "src/report/model.h"
#include "src/symbols/source.h"

namespace lifeguard::tools {

// Of processes that failed. Nobody was asked at the time; the system is asked now. True: something was said.
bool tell_refusals(const report::Run& run, symbols::Source& symbols, const std::string& cwd, std::ostream& out);

}  // namespace lifeguard::tools
