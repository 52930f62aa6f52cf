// Moments as text and back: RFC 3339, UTC, to the millisecond.
#pragma once

#include <string>

#include "src/report/model.h"

namespace lifeguard::report {

std::string rfc3339(Time time);              // empty for 0, which is not known
Time from_rfc3339(const std::string& text);  // 0 where it is none

}  // namespace lifeguard::report
