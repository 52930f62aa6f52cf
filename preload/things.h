// Resources that are no descriptors: child processes, threads, paths, segments, timers ... Found by kind and id; an
// entry that was given back is used again, so that a program that starts a hundred thousand threads one after another
// takes one entry. The same rules as in tracker.h hold: no lock, no allocation, errno untouched.
#pragma once

#include <stdint.h>

#include "preload/caller.h"
#include "preload/ledger.h"
#include "preload/tracker.h"
#include "src/ledger/layout.h"

namespace lifeguard {

// The program has it now. An earlier record of the same kind and id is gone with that. The record; null: there is none.
ledger::Thing* took(Kind kind, uint64_t id, Detail detail, uint16_t flags = 0, Caller caller = Caller::here());
// It has given it back. False: nothing was known of it.
bool gave(Kind kind, uint64_t id);
// Whether a record would be made, and the system may be asked something for it.
bool may_ask();
// The record, for what is learnt later; null: none.
ledger::Thing* thing(Kind kind, uint64_t id);
void thing_flags(ledger::Thing* thing, uint16_t flags);

// A path that was made for a while, and its end; a relative one is kept as where it led then.
void took_path(const char* path, uint16_t flags, Caller caller = Caller::here());
void gave_path(const char* path);

// Which file it is that was made: another one may come to have its name.
void note_file(ledger::Thing* thing, int fd, const char* path);

// While a ledger is made: the children that an image before this one, of the same process, has not waited for.
void take_over_children(const book::Source& origin);

// Paths, and names of POSIX segments and semaphores, are found by a hash of their text.
uint64_t name_id(const char* text);

}  // namespace lifeguard
