// What the hooks about child processes share.
#pragma once

#include <sys/types.h>

#include "preload/clock.h"
#include "preload/things.h"

namespace lifeguard {

using clock::Moment;

// Before a child is made: this process gets its ledger, so that the child knows its run.
Moment before_child();
// In the parent, a child began; in the child (pid 0) its own time begins.
pid_t child_began(pid_t pid, const Moment& before, Detail detail = {}, uint16_t flags = 0,
                  Caller caller = Caller::here());
// daemon() ends the process that calls it without passing a hook.
void note_end_by_daemon(bool ends);

}  // namespace lifeguard
