// The line of source that a frame stands at, where the file can be read: one line, as a reminder.
#pragma once

#include <string>

#include "src/report/model.h"

namespace lifeguard::render {

// Without indentation, escaped; empty where it cannot be had.
std::string excerpt(const report::Frame& frame);

}  // namespace lifeguard::render
