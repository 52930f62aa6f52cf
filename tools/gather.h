// What several commands begin with: the runs a person named, judged, as one report.
#pragma once

#include <string>
#include <vector>

#include "src/judge/judge.h"
#include "src/report/model.h"

namespace lifeguard::tools {

// No name: the latest run. What is wrong is said; the exit status to end with comes back, and what could be read is in
// the report all the same.
int gather(const std::vector<std::string>& names, const std::string& store, const judge::Settings& settings,
           symbols::Source& symbols, report::Report* report);

// CLASS=error|warning|note|off
bool parse_severities(const std::vector<std::string>& texts, judge::Settings* settings, std::string* error);

}  // namespace lifeguard::tools
