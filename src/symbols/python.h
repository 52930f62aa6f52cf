// Python's frames, as the library noted them.
#pragma once

#include <string>

#include "src/report/model.h"

namespace lifeguard::symbols {

// folder: what a relative file name is relative to.
report::Frame python_frame(const report::PythonCode& code, int line, const std::string& folder);

inline bool python(const report::Frame& frame) { return frame.language == "python"; }

// The module a file is imported as, as far as its name tells: "asyncio.base_events", "server"; a package's own file is
// the package.
std::string python_module(const std::string& file);

}  // namespace lifeguard::symbols
