// Work done beside the program, unseen by it. With one thread, all signals blocked is enough: nobody is there to meet
// the descriptors that are open for a moment. With more, or where the table is full, a helper process does it that
// shares our memory but has a descriptor table of its own, so that opening a file disturbs no number.
//
// The caller stands still meanwhile (CLONE_VFORK). All of it runs on a stack of its own, since the caller's may be a
// handler's few kilobytes, and may only make bare system calls (sys.h). No wait in the program sees it: it has no exit
// signal. There is one at a time: Process::beside_busy. None begins once the program has a seccomp filter, which waits
// for those that are under way: Process::beside_now.
#pragma once

#include <stdint.h>

#include "preload/state.h"
#include "preload/sys.h"

extern "C" {
[[gnu::visibility("hidden")]] long lifeguard_beside(int (*work)(void*), void* argument, void* stack_top);
[[gnu::visibility("hidden")]] int lifeguard_on_stack(int (*work)(void*), void* argument, void* stack_top);
}

namespace lifeguard {

struct alignas(16) HelperStack {
  char bytes[65536];
};
extern HelperStack helper_stack;

inline constexpr int any_kind_of_child = 0x40000000;  // __WALL

// Whether this is the process's only thread, as far as /proc tells.
bool only_thread();

// In a helper: it does not outlive its process, where that is ended after all; SIGCHLD is what it is by default.
void end_with_parent();
void hear_of_children();

// Runs work() beside the program and waits for it. False: no process could be made or may be made any more, or it died.
// without_files: where no process can be made it is set, and the work done here all the same, which then opens nothing.
template <typename Work>
bool beside(Work& work, bool* without_files = nullptr) {
  __atomic_add_fetch(&process.beside_now, 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&image.sealed, __ATOMIC_SEQ_CST)) {
    __atomic_sub_fetch(&process.beside_now, 1, __ATOMIC_SEQ_CST);
    return false;
  }
  uint64_t all = ~0ull, before = 0;
  sys::rt_sigprocmask(2 /* SIG_SETMASK */, &all, &before, 8);
  while (__atomic_exchange_n(&process.beside_busy, 1u, __ATOMIC_ACQUIRE)) sys::sched_yield();
  struct Job {
    Work& work;
    bool done;
  } job{work, false};
  constexpr int plain_fork = 7;
  auto entry = [](void* it) -> int {
    auto* its_job = static_cast<Job*>(it);
    if (!process.beside_busy) return plain_fork;  // our memory was wiped: nobody would see what is done here
    its_job->work();
    its_job->done = true;
    return 0;
  };
  auto in_place = [&] {
    image.needs_helper = false;
    image.in_place = true;
    lifeguard_on_stack(+entry, &job, &helper_stack + 1);
  };
  image.needs_helper = false;
  if (only_thread()) in_place();
  if (!job.done || image.needs_helper) {
    image.needs_helper = image.in_place = job.done = false;
    long pid = lifeguard_beside(+entry, &job, &helper_stack + 1);
    int status = 0;
    while (pid > 0 && sys::wait4(pid, &status, any_kind_of_child, nullptr) == -4 /* EINTR */) {
    }
    // Valgrind and some emulators know clone only as a fork: then the work is done here all the same.
    if (pid > 0 && !job.done && status == plain_fork << 8) in_place();
    if (pid <= 0 && without_files) {
      *without_files = true;
      in_place();
    }
  }
  __atomic_store_n(&process.beside_busy, 0u, __ATOMIC_RELEASE);
  sys::rt_sigprocmask(2, &before, nullptr, 8);
  __atomic_sub_fetch(&process.beside_now, 1, __ATOMIC_SEQ_CST);
  return job.done;
}

// For work beside the program that runs another one. exec makes SIGCHLD of whatever exit signal a process had, so that
// the program would hear of one that is its own child; where it ignores that signal, nobody could wait for it. So
// another process is its parent, and hears of it.
template <typename Work>
void as_parent(Work& work) {
  struct Job {
    Work& work;
    bool done;
  } job{work, false};
  auto entry = [](void* it) -> int {
    auto* its_job = static_cast<Job*>(it);
    if (!process.beside_busy) return 0;  // as above: a fork, whose work nobody would see
    end_with_parent();
    hear_of_children();
    its_job->work();
    its_job->done = true;
    return 0;
  };
  if (!image.in_place) return entry(&job), void();
  long pid = lifeguard_beside(+entry, &job, nullptr);
  while (pid > 0 && sys::wait4(pid, nullptr, any_kind_of_child, nullptr) == -4 /* EINTR */) {
  }
  if (!job.done) work();
}

}  // namespace lifeguard
