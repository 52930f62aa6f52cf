// Work done beside the program: in a helper process that shares our memory but has a descriptor table of its own, so
// that opening a file disturbs no number, even when the table is full, and no other thread can meet our descriptors.
//
// The caller stands still meanwhile (CLONE_VFORK); the helper runs further down on the same stack, with all signals
// blocked, and may only make bare system calls (sys.h). No wait in the program sees it: it has no exit signal.
#pragma once

#include <stdint.h>

#include "preload/state.h"
#include "preload/sys.h"

extern "C" [[gnu::visibility("hidden")]] long lifeguard_beside(int (*work)(void*), void* argument);

namespace lifeguard {

// Runs work() beside the program and waits for it. False: no process could be made.
template <typename Work>
bool beside(Work& work) {
  uint64_t all = ~0ull, before = 0;
  sys::rt_sigprocmask(2 /* SIG_SETMASK */, &all, &before, 8);
  struct Job {
    Work& work;
    bool done;
  } job{work, false};
  auto entry = [](void* it) -> int {
    auto* its_job = static_cast<Job*>(it);
    if (stage() == Stage::asleep) return 0;  // wiped: this is a plain fork, whose work nobody would see
    its_job->work();
    its_job->done = true;
    return 0;
  };
  image.in_place = false;
  long pid = lifeguard_beside(+entry, &job);
  if (pid > 0) {
    constexpr int any_kind_of_child = 0x40000000;  // __WALL
    while (sys::wait4(pid, nullptr, any_kind_of_child, nullptr) == -4 /* EINTR */) {
    }
  }
  // Valgrind and some emulators know clone only as a fork: then the work is done here, its descriptors for a moment
  // among the program's.
  if (pid > 0 && !job.done) {
    image.in_place = true;
    work();
  }
  sys::rt_sigprocmask(2, &before, nullptr, 8);
  return pid > 0;
}

}  // namespace lifeguard
