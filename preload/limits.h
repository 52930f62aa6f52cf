// The limit= option: said once, to people, who holds a process's descriptors, children, threads ... when there are as
// many as the option says, or when the system refuses another.
//
// It costs a hooked call nothing. The kernel gives the lowest free number, so that with N descriptors open the next is
// N at least: only a number that high is looked at twice (Image::noted_at_once, which the check for room in the ledger
// compares with in any case). Where the option names kinds, each acquisition takes the long way, and what is live is
// counted again whenever the limit could have been reached since the last count.
#pragma once

#include "preload/state.h"

namespace lifeguard::limits {

// At start, and where the program has changed what it may have.
void plan();
// A descriptor that was not noted at once; anything else, where the option names its kind.
void descriptor_noted(ledger::Kind kind);
void noted(ledger::Kind kind);
// A call that makes a descriptor, or a process or a thread, has failed with that error.
void refused(int error);
void refused_process(int error);

}  // namespace lifeguard::limits
