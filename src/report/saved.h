// A JSON report, written earlier by `lifeguard report --format json`, read back: so that it can be shown in other
// formats and compared, on machines where the ledger and the program no longer are.
#pragma once

#include <string>

#include "src/report/model.h"

namespace lifeguard::report {

// Adds its run and findings to report. False: error says why, to be put after the file's name.
bool read_saved(const std::string& path, Report* report, std::string* error);

}  // namespace lifeguard::report
