// The file that code was loaded from, found again: by path where it is still the same build, else by build-id where
// debug files are kept, else from a debuginfod server where the user has named one.
#pragma once

#include <string>

#include "src/report/model.h"

namespace lifeguard::symbols {

struct ModuleFile {
  int descriptor = -1;  // open for reading, the caller's to close; -1: not found
  std::string path;
  std::string note;  // why it was not found
};

ModuleFile find_module_file(const report::Module& module, bool network);

}  // namespace lifeguard::symbols
