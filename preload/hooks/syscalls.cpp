// syscall(): the public way to what libc has no function for. entry.S sends the numbers marked here to
// lifeguard_syscall and jumps straight on with all others.
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "preload/children.h"
#include "preload/hook.h"
#include "preload/hooks/words.h"
#include "preload/lifecycle.h"
#include "preload/passage.h"
#include "preload/signals.h"
#include "preload/sys.h"
#include "preload/tracker.h"

namespace lifeguard {
namespace {

// Numbers whose result is a new descriptor, with its kind and the word for it; a path where an argument is one.
struct Opening {
  uint16_t number;
  Kind kind;
  int8_t path_argument;   // 0: none
  int8_t flags_argument;  // of open's flags, for O_CLOEXEC; 0: none
  const char* word;
};
constexpr Opening openings[] = {
    {SYS_open, Kind::file, 1, 2, nullptr},
    {SYS_openat, Kind::file, 2, 3, nullptr},
    {SYS_openat2, Kind::file, 2, 0, nullptr},
    {SYS_creat, Kind::file, 1, 0, nullptr},
    {SYS_socket, Kind::socket, 0, 0, "socket"},
    {SYS_accept, Kind::socket, 0, 0, "accepted"},
    {SYS_accept4, Kind::socket, 0, 0, "accepted"},
    {SYS_epoll_create, Kind::event, 0, 0, "epoll"},
    {SYS_epoll_create1, Kind::event, 0, 1, "epoll"},
    {SYS_eventfd, Kind::event, 0, 0, "eventfd"},
    {SYS_eventfd2, Kind::event, 0, 2, "eventfd"},
    {SYS_timerfd_create, Kind::event, 0, 2, "timerfd"},
    {SYS_inotify_init, Kind::event, 0, 0, "inotify"},
    {SYS_inotify_init1, Kind::event, 0, 1, "inotify"},
    {SYS_fanotify_init, Kind::event, 0, 0, "fanotify"},
    {SYS_memfd_create, Kind::memfd, 0, 0, "memfd"},
    {SYS_memfd_secret, Kind::memfd, 0, 0, "memfd_secret"},
    {SYS_pidfd_open, Kind::event, 0, 0, "pidfd"},
    {SYS_pidfd_getfd, Kind::descriptor, 0, 0, "pidfd_getfd"},
    {SYS_userfaultfd, Kind::event, 0, 1, "userfaultfd"},
    {SYS_perf_event_open, Kind::event, 0, 0, "perf"},
    {SYS_io_uring_setup, Kind::event, 0, 0, "io_uring"},
    {SYS_landlock_create_ruleset, Kind::event, 0, 0, "landlock"},
    {SYS_mq_open, Kind::queue, 1, 0, nullptr},
    {SYS_open_by_handle_at, Kind::file, 0, 3, "open_by_handle_at"},
    {SYS_open_tree, Kind::directory, 2, 3, nullptr},
    {SYS_fsopen, Kind::event, 0, 0, "fsopen"},
    {SYS_fsmount, Kind::directory, 0, 0, "fsmount"},
    {SYS_fspick, Kind::event, 0, 0, "fspick"},
};

constexpr uint16_t others[] = {SYS_close, SYS_close_range,  SYS_dup,        SYS_dup2,       SYS_dup3,      SYS_fcntl,
                               SYS_pipe,  SYS_pipe2,        SYS_socketpair, SYS_signalfd,   SYS_signalfd4, SYS_bpf,
                               SYS_bind,  SYS_listen,       SYS_connect,    SYS_exit_group, SYS_seccomp,   SYS_fork,
                               SYS_prctl, SYS_rt_sigaction, SYS_execve,     SYS_execveat};

}  // namespace

struct Marks {
  uint8_t at[512] = {};
  constexpr Marks() {
    for (const Opening& opening : openings) at[opening.number] = 1;
    for (uint16_t number : others) at[number] = 1;
  }
};

namespace {

const Opening* opening_for(long number) {
  for (const Opening& opening : openings)
    if (opening.number == number) return &opening;
  return nullptr;
}

// entry.S has read clone3's structure already.
uint64_t clone_flags(long number, long argument) {
  if (number == SYS_clone3 && argument) return *reinterpret_cast<const uint64_t*>(argument);
  return number == SYS_clone ? static_cast<uint64_t>(argument) : 0;
}

// Only some of bpf's commands make a descriptor.
bool bpf_opens(long command) {
  constexpr uint64_t commands = 1ull << 0 | 1ull << 5 | 1ull << 7 | 1ull << 13 | 1ull << 14 | 1ull << 17 | 1ull << 18 |
                                1ull << 19 | 1ull << 28 | 1ull << 30 | 1ull << 33 | 1ull << 36;
  return command >= 0 && command < 64 && (commands >> command & 1);
}

}  // namespace

extern "C" {

extern const Marks lifeguard_watched_calls;
[[gnu::used]] constinit const Marks lifeguard_watched_calls;

[[gnu::visibility("hidden"), gnu::used]] long lifeguard_syscall_failed(long result) {
  errno = static_cast<int>(-result);
  return -1;
}

[[gnu::visibility("hidden"), gnu::used]] void* lifeguard_next_syscall = nullptr;

// exec.cpp has the same for libc's functions.
[[gnu::noinline]] static long exec(long number, long a, long b, long c, long d, long e) {
  const bool at = number == SYS_execveat;
  auto* path = reinterpret_cast<const char*>(at ? b : a);
  auto* environment = reinterpret_cast<char* const*>(at ? d : c);
  if (!passage::wanted(environment)) return sys::call(number, a, b, c, d, e, 0);
  EXEC_ENVIRONMENT(
      handed, environment,
      passage::can_watch(path, environment, at ? static_cast<int>(a) : AT_FDCWD, at ? static_cast<int>(e) : 0));
  passage::leaving();
  (at ? d : c) = reinterpret_cast<long>(handed);
  long result = sys::call(number, a, b, c, d, e, 0);
  passage::stayed();
  return result;
}

// Called in syscall's place, with its arguments and its return address.
[[gnu::visibility("hidden"), gnu::used]] long lifeguard_syscall(long number, long a, long b, long c, long d, long e,
                                                                long f) {
  auto go = [&] {
    long result = sys::call(number, a, b, c, d, e, f);
    return sys::failed(result) ? lifeguard_syscall_failed(result) : result;
  };
  Caller caller = Caller::here();
  auto fd = static_cast<int>(a);
  if (const Opening* opening = opening_for(number)) {
    long result = go();
    if (result < 0) return not_acquired(static_cast<int>(result));
    const long arguments[] = {a, a, b, c, d};
    uint16_t flags = cloexec_if(opening->flags_argument && (arguments[opening->flags_argument] & O_CLOEXEC));
    Detail detail = opening->path_argument
                        ? Detail::path(reinterpret_cast<const char*>(arguments[opening->path_argument]), flags)
                        : Detail::text(opening->word, flags);
    if (number == SYS_socket) detail = Detail::text(socket_word(fd, static_cast<int>(b)), cloexec_if(b & O_CLOEXEC));
    if (number == SYS_memfd_create) detail = Detail::text(reinterpret_cast<const char*>(a), cloexec_if(b & 1));
    return acquired(opening->kind, static_cast<int>(result), detail, caller);
  }
  switch (number) {
    case SYS_close: {
      Release release = releasing(fd, caller);
      return released(release, static_cast<int>(go()), caller);
    }
    case SYS_close_range: {
      bool closes = static_cast<unsigned>(a) <= static_cast<unsigned>(b) && !(c & ~2l);
      if (closes) forgotten_range(static_cast<unsigned>(a), static_cast<unsigned>(b), caller);
      return go();
    }
    case SYS_dup:
    case SYS_dup2:
      return acquired_copy(fd, static_cast<int>(go()), 0, caller);
    case SYS_dup3:
      return acquired_copy(fd, static_cast<int>(go()), cloexec_if(c & O_CLOEXEC), caller);
    case SYS_fcntl: {
      long result = go();
      if (b == F_DUPFD) acquired_copy(fd, static_cast<int>(result), 0, caller);
      if (b == F_DUPFD_CLOEXEC) acquired_copy(fd, static_cast<int>(result), ledger::slot_cloexec, caller);
      if (b == F_SETFD && result == 0) marked(fd, ledger::slot_cloexec, c & FD_CLOEXEC);
      return result;
    }
    case SYS_pipe:
    case SYS_pipe2: {
      long result = go();
      if (result == 0)
        acquired_pair(Kind::pipe, reinterpret_cast<int*>(a), Detail::text("read end"), Detail::text("write end"),
                      caller);
      return result == 0 ? 0 : not_acquired();
    }
    case SYS_socketpair: {
      long result = go();
      Detail detail = Detail::text("socketpair");
      if (result == 0) acquired_pair(Kind::socket, reinterpret_cast<int*>(d), detail, detail, caller);
      return result == 0 ? 0 : not_acquired();
    }
    case SYS_signalfd:
    case SYS_signalfd4: {
      long result = go();
      return fd == -1 ? acquired(Kind::event, static_cast<int>(result), Detail::text("signalfd"), caller) : result;
    }
    case SYS_bpf: {
      long result = go();
      return bpf_opens(a) ? acquired(Kind::event, static_cast<int>(result), Detail::text("bpf"), caller) : result;
    }
    case SYS_bind: {
      long result = go();
      Detail address = Detail::address(DetailTag::local, reinterpret_cast<const void*>(b), static_cast<size_t>(c));
      result == 0 ? bound(fd, address, caller) : refused(fd, address, caller);
      return result;
    }
    case SYS_connect: {
      long result = go();
      if (result == 0)
        told(fd, Detail::address(DetailTag::peer, reinterpret_cast<const void*>(b), static_cast<size_t>(c)));
      return result;
    }
    case SYS_listen: {
      long result = go();
      if (result == 0) became(fd, Kind::listener);
      return result;
    }
    case SYS_rt_sigaction: {
      long result = go();
      if (result != 0 || !signals::watched(fd)) return result;
      if (c) signals::own(reinterpret_cast<signals::KernelAction*>(c));  // the kernel has just written there
      if (b) signals::stand_in(fd);
      return result;
    }
    case SYS_fork:
    case SYS_clone:
    case SYS_clone3: {
      if (number == SYS_clone3 || (number == SYS_clone && (fd & CLONE_VM))) process.one_thread = false;
      if (clone_flags(number, a) & CLONE_FILES) image.shares_descriptors = true;
      Moment before = before_child();
      return child_began(static_cast<pid_t>(go()), before, {}, 0, caller);
    }
    case SYS_execve:
    case SYS_execveat: {
      long result = exec(number, a, b, c, d, e);
      return sys::failed(result) ? lifeguard_syscall_failed(result) : result;
    }
    case SYS_exit_group:
      a = finish(fd);
      return go();
    case SYS_prctl:
    case SYS_seccomp: {
      bool gives_up = number == SYS_prctl
                          ? a == PR_SET_SECCOMP && (b == SECCOMP_MODE_STRICT || b == SECCOMP_MODE_FILTER)
                          : a == SECCOMP_SET_MODE_STRICT || a == SECCOMP_SET_MODE_FILTER;
      bool sealed = gives_up && seal();
      long result = go();
      if (sealed && result != 0) unseal();
      return result;
    }
    default:
      return go();
  }
}

}  // extern "C"

HOOK_ROW(syscall)  // the hook itself is in entry.S

}  // namespace lifeguard
