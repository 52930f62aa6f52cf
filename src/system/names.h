// Whether what a program made by a name, or by a System V id, is still there: on disk, or in the kernel.
#pragma once

#include <cstdint>
#include <string>

#include "src/ledger/layout.h"

namespace lifeguard::system {

struct Made {
  ledger::Kind kind = ledger::Kind::none;  // path, segment, semaphore or queue
  uint16_t flags = 0;                      // ThingFlag
  std::string name;                        // path, or POSIX name
  int id = -1;                             // System V
  int64_t born = 0;                        // ns since 1970; 0: not known
  uint64_t device = 0, inode = 0;          // of its file; 0: not known
  int64_t file_born = 0;                   // as its file system tells, ns since 1970; 0: not known
};

// Where there is another thing of that name by now, it is not there any more, as far as can be told.
bool still_there(const Made& made);

}  // namespace lifeguard::system
