// The one way in which lifeguard sends a signal to a process that is not its own child: through a pidfd, opened before
// the process was found to be the one that is meant. So a pid that was used again meanwhile is never hit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "src/system/process.h"

namespace lifeguard::system {

enum class Sent {
  sent,
  gone,     // it has ended, or its pid belongs to another process by now
  refused,  // the system does not allow it: another user's
  foreign,  // it is not whom the record says: another owner
};

// pid as it is seen from here; who as it was recorded, with the user it belonged to where one is given (its real user,
// or the one it acts as, has to be the same now). A start time of 0 names nobody, and pids below 2 and oneself are
// refused.
Sent send_signal(int pid, const Identity& who, std::optional<uint32_t> owner, int signal);

// To a process that was seen a moment ago with that start time.
Sent send_signal(int pid, uint64_t start, int signal);

// Real and effective user of a process. False: there is none, or it may not be asked.
bool users_of(int pid, uint32_t* real, uint32_t* effective);

}  // namespace lifeguard::system
