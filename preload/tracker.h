// The verbs: all that a hook says about resources. A hook is written as an expression that returns its argument:
//
//     return acquired(Kind::socket, REAL(socket)(domain, type, protocol));
//
// What is hard about living in somebody else's program is handled inside, once: a descriptor that is no descriptor, a
// process that has not begun or is a fresh fork child, a vfork child, errno, signals that strike in between, the
// ledger's limits. No verb changes errno, and once the caller's code addresses are known none makes a system call.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "preload/caller.h"
#include "src/ledger/layout.h"
#include "src/options/slice.h"

namespace lifeguard {

using ledger::DetailTag;
using ledger::Kind;

// What a person wants to know of a resource: a path, a word, an address. Refers to the program's memory.
struct Detail {
  DetailTag tag = DetailTag::end;
  const void* data = nullptr;
  size_t size = 0;
  uint16_t flags = 0;  // ledger::SlotFlag

  static Detail text(const char* words, uint16_t flags = 0) {
    return {DetailTag::text, words, Slice(words).size, flags};
  }
  static Detail path(const char* path, uint16_t flags = 0) { return {DetailTag::path, path, 0, flags}; }
  static Detail address(DetailTag tag, const void* address, size_t size, uint16_t flags = 0) {
    return {tag, address, address ? size : 0, flags};
  }
};

constexpr uint16_t cloexec_if(bool on) { return static_cast<uint16_t>(on ? ledger::slot_cloexec : 0); }

// A descriptor was given to the program. fd < 0 (the call failed) is passed through.
int acquired(Kind kind, int fd, Detail detail = {}, Caller caller = Caller::here());
// It was not, and fd says so: where the system refused it for want of room, that is said (limits.h). For a hook that
// does not come to acquired() then.
int not_acquired(int fd = -1);
// Both ends of a pipe or a socket pair.
void acquired_pair(Kind kind, const int* ends, Detail first, Detail second, Caller caller = Caller::here());
// A connection: it is told where its listener was bound.
int accepted(int listener, int fd, Detail detail, Caller caller = Caller::here());
// The same for a copy of another descriptor: kind and detail are that one's.
int acquired_copy(int original, int fd, uint16_t flags = 0, Caller caller = Caller::here());

// A descriptor is about to be given back. The note is made before the call, since the number is free before the call
// returns; released() then settles it, and notices the close of what was closed before.
struct Release {
  int fd;
  uint64_t word;  // the slot's word after the note; 0: nothing was noted
  uint64_t before;
};
Release releasing(int fd, Caller caller = Caller::here());
int released(Release release, int result, Caller caller = Caller::here());
// A release that cannot be a second close: dup2's target, the descriptor below a FILE.
void forgotten(int fd, Caller caller = Caller::here());
// Many at once (close_range, closefrom): never a double close.
void forgotten_range(unsigned first, unsigned last, Caller caller = Caller::here());

// A socket turned out to be a listener, was connected, was bound (and by whom).
void became(int fd, Kind kind);
void told(int fd, Detail detail);
void bound(int fd, Detail detail, Caller caller = Caller::here());
void marked(int fd, uint16_t flags, bool on);
void marked_range(unsigned first, unsigned last, uint16_t flags);
// The calling thread's id, without a system call where glibc's layout is known.
uint32_t thread_id();
// Whether the call that just failed goes on in the background.
bool in_progress();

// bind was refused: where that is because somebody else has the address (errno says so), it is noted with its stack.
void refused(int fd, Detail detail, Caller caller = Caller::here());

}  // namespace lifeguard
