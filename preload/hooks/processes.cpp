// Child processes: how they begin, and how they are waited for. A child is its parent's resource until it is reaped.
#include <errno.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "preload/children.h"
#include "preload/clock.h"
#include "preload/hook.h"
#include "preload/lifecycle.h"
#include "preload/limits.h"
#include "preload/passage.h"
#include "preload/signals.h"
#include "preload/spare.h"
#include "preload/state.h"
#include "preload/sys.h"
#include "preload/things.h"

namespace lifeguard {

// The ledger is made before the first child, so that the child knows which run it belongs to.
[[gnu::hot]] Moment before_child() {
  if (lifeguard_vfork_depth) return {};
  resolve_all();
  if (begin()) spare::prepare();
  return clock::moment();
}

[[gnu::hot]] pid_t child_began(pid_t pid, const Moment& before, Detail detail, uint16_t flags, Caller caller) {
  if (pid == 0) {  // a page, first touched here: whatever else a child touches makes each fork dearer
    process.forked_at = before.time;
    process.forked = before;
    process.last_time = before.time;
    process.last_counter = before.counter;
    process.one_thread = true;
    if (__builtin_expect(image.owner == 1, 0)) signals::forked();
  }
  if (pid > 0) took(Kind::process, static_cast<uint64_t>(pid), detail, flags, caller);
  if (__builtin_expect(pid < 0, 0)) limits::refused_process(errno);
  return pid;
}

namespace {

bool ended(int status) { return WIFEXITED(status) || WIFSIGNALED(status); }

pid_t waited(pid_t pid, int status) {
  if (pid > 0 && ended(status)) gave(Kind::process, static_cast<uint64_t>(pid));
  return pid;
}

}  // namespace

// vfork's two halves in C++; the hook itself is in entry.S.
extern "C" {
[[gnu::visibility("hidden"), gnu::used]] void lifeguard_before_vfork() { before_child(); }
[[gnu::visibility("hidden"), gnu::used]] pid_t lifeguard_vforked(pid_t pid) {
  lifeguard_vfork_child_sealed = false;
  if (pid > 0) passage::give_back_childs_room();
  return child_began(pid, {}, {}, ledger::thing_vfork, Caller::here());
}
[[gnu::visibility("hidden"), gnu::used]] long lifeguard_vfork_failed(long result) {
  errno = static_cast<int>(-result);
  limits::refused_process(errno);
  return -1;
}
}

HOOK(pid_t, fork, ()) {
  Moment before = before_child();
  return child_began(REAL(fork)(), before);
}
HOOK(pid_t, _Fork, ()) {
  Moment before = before_child();
  return child_began(REAL(_Fork)(), before);
}

HOOK(int, forkpty, (int* main, char* name, const termios* settings, const winsize* size)) {
  Moment before = before_child();
  pid_t pid = REAL(forkpty)(main, name, settings, size);
  child_began(pid, before, Detail::text("forkpty"));
  if (pid > 0) acquired(Kind::pty, *main, Detail::text("forkpty"));
  return pid;
}

// The process that called it ends inside, passing no hook: its end is written down before, and taken back if it failed.
HOOK(int, daemon, (int no_chdir, int no_close)) {
  before_child();
  int before = static_cast<int>(sys::getpid());
  note_end_by_daemon(true);
  int result = REAL(daemon)(no_chdir, no_close);
  int error = errno;
  if (static_cast<int>(sys::getpid()) == before) note_end_by_daemon(false);
  if (result == 0) process.forked_at = clock::now(), image.after_daemon = true;
  errno = error;
  return result;
}

HOOK(int, clone, (int (*function)(void*), void* stack, int flags, void* argument, ...)) {
  va_list rest;
  va_start(rest, argument);
  void *parent_tid = va_arg(rest, void*), *tls = va_arg(rest, void*), *child_tid = va_arg(rest, void*);
  va_end(rest);
  if (flags & CLONE_VM) process.one_thread = false;
  if ((flags & CLONE_FILES) && !(flags & CLONE_THREAD)) image.shares_descriptors = true;
  if (flags & CLONE_THREAD) return REAL(clone)(function, stack, flags, argument, parent_tid, tls, child_tid);
  Moment before = before_child();
  bool shares = (flags & CLONE_VM) && (flags & CLONE_VFORK);
  if (shares) ++lifeguard_vfork_depth;
  int pid = REAL(clone)(function, stack, flags, argument, parent_tid, tls, child_tid);
  if (shares) --lifeguard_vfork_depth, lifeguard_vfork_child_sealed = false, passage::give_back_childs_room();
  return child_began(pid, before);
}

#define SPAWN(name, detail)                                                                                       \
  HOOK(int, name,                                                                                                 \
       (pid_t* __restrict pid, const char* __restrict path, const posix_spawn_file_actions_t* __restrict actions, \
        const posix_spawnattr_t* __restrict attributes, char* const arguments[], char* const environment[])) {    \
    before_child();                                                                                               \
    pid_t child = 0;                                                                                              \
    int result;                                                                                                   \
    if (passage::wanted(environment)) {                                                                           \
      EXEC_ENVIRONMENT(handed, environment, passage::can_watch_beside(path, environment));                        \
      result = REAL(name)(&child, path, actions, attributes, arguments, handed);                                  \
    } else {                                                                                                      \
      result = REAL(name)(&child, path, actions, attributes, arguments, environment);                             \
    }                                                                                                             \
    if (result == 0) {                                                                                            \
      if (pid) *pid = child;                                                                                      \
      child_began(child, {}, Detail::path(path), ledger::thing_vfork);                                            \
    } else {                                                                                                      \
      limits::refused_process(result);                                                                            \
    }                                                                                                             \
    return result;                                                                                                \
  }
SPAWN(posix_spawn, path)
SPAWN(posix_spawnp, path)

HOOK(int, system, (const char* command)) {
  before_child();
  int status = REAL(system)(command);
  if (command) signals::given_again(SIGINT, 0, 0), signals::given_again(SIGQUIT, 0, 0);
  return status;
}

HOOK(pid_t, wait, (int* status)) {
  int own = 0;
  pid_t pid = REAL(wait)(&own);
  if (pid > 0 && status) *status = own;
  return waited(pid, own);
}
HOOK(pid_t, waitpid, (pid_t which, int* status, int options)) {
  int own = 0;
  pid_t pid = REAL(waitpid)(which, &own, options);
  if (pid > 0 && status) *status = own;
  return waited(pid, own);
}
HOOK(pid_t, wait3, (int* status, int options, rusage* usage)) {
  int own = 0;
  pid_t pid = REAL(wait3)(&own, options, usage);
  if (pid > 0 && status) *status = own;
  return waited(pid, own);
}
HOOK(pid_t, wait4, (pid_t which, int* status, int options, rusage* usage)) {
  int own = 0;
  pid_t pid = REAL(wait4)(which, &own, options, usage);
  if (pid > 0 && status) *status = own;
  return waited(pid, own);
}
HOOK(int, waitid, (idtype_t type, id_t which, siginfo_t* info, int options)) {
  siginfo_t own = {};
  int result = REAL(waitid)(type, which, info ? info : &own, options);
  const siginfo_t& seen = info ? *info : own;
  bool reaped = seen.si_code == CLD_EXITED || seen.si_code == CLD_KILLED || seen.si_code == CLD_DUMPED;
  if (result == 0 && seen.si_pid > 0 && reaped && !(options & WNOWAIT))
    gave(Kind::process, static_cast<uint64_t>(seen.si_pid));
  return result;
}

}  // namespace lifeguard
