// Descriptors as such: copies, closes, pipes, and those that come out of other processes.
#include <fcntl.h>
#include <linux/close_range.h>
#include <mqueue.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "preload/hook.h"
#include "preload/tracker.h"

namespace lifeguard {

HOOK(int, close, (int fd)) {
  Release release = releasing(fd);
  return released(release, REAL(close)(fd));
}
HOOK_UNDECLARED(int, __close, (int fd)) {
  Release release = releasing(fd);
  return released(release, REAL(__close)(fd));
}
HOOK(int, mq_close, (mqd_t queue)) {
  Release release = releasing(queue);
  return released(release, REAL(mq_close)(queue));
}

HOOK(int, close_range, (unsigned int first, unsigned int last, int flags)) {
  constexpr int modes = CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC;
  if (first > last || (flags & ~modes)) return REAL(close_range)(first, last, flags);
  if (!(flags & CLOSE_RANGE_CLOEXEC)) forgotten_range(first, last);
  int result = REAL(close_range)(first, last, flags);
  if (result == 0 && (flags & CLOSE_RANGE_CLOEXEC)) marked_range(first, last, ledger::slot_cloexec);
  return result;
}
HOOK(void, closefrom, (int first)) {
  forgotten_range(first > 0 ? static_cast<unsigned>(first) : 0, ~0u);
  REAL(closefrom)(first);
}

HOOK(int, dup, (int fd)) { return acquired_copy(fd, REAL(dup)(fd)); }
// The target's old descriptor goes in the same instant as the new one comes: nothing to note before.
HOOK(int, dup2, (int fd, int wanted)) { return acquired_copy(fd, REAL(dup2)(fd, wanted), ledger::slot_purpose); }
HOOK_UNDECLARED(int, __dup2, (int fd, int wanted)) { return acquired_copy(fd, REAL(__dup2)(fd, wanted)); }
HOOK(int, dup3, (int fd, int wanted, int flags)) {
  return acquired_copy(fd, REAL(dup3)(fd, wanted, flags), cloexec_if(flags & O_CLOEXEC));
}

#define FCNTL(declare, name)                                                                \
  declare(int, name, (int fd, int command, ...)) {                                          \
    va_list rest;                                                                           \
    va_start(rest, command);                                                                \
    void* argument = va_arg(rest, void*);                                                   \
    va_end(rest);                                                                           \
    int result = REAL(name)(fd, command, argument);                                         \
    if (command == F_DUPFD) return acquired_copy(fd, result);                               \
    if (command == F_DUPFD_CLOEXEC) return acquired_copy(fd, result, ledger::slot_cloexec); \
    if (command == F_SETFD && result == 0)                                                  \
      marked(fd, ledger::slot_cloexec, reinterpret_cast<uintptr_t>(argument) & FD_CLOEXEC); \
    return result;                                                                          \
  }
FCNTL(HOOK, fcntl)
FCNTL(HOOK, fcntl64)
FCNTL(HOOK_UNDECLARED, __fcntl)

#define PIPE(declare, name, parameters, arguments, flag)                                                \
  declare(int, name, parameters) {                                                                      \
    int result = REAL(name) arguments;                                                                  \
    if (result == 0) {                                                                                  \
      acquired_pair(Kind::pipe, ends, Detail::text("read end", flag), Detail::text("write end", flag)); \
      return result;                                                                                    \
    }                                                                                                   \
    return not_acquired(result);                                                                        \
  }
PIPE(HOOK, pipe, (int ends[2]), (ends), 0)
PIPE(HOOK_UNDECLARED, __pipe, (int ends[2]), (ends), 0)
PIPE(HOOK, pipe2, (int ends[2], int flags), (ends, flags), cloexec_if(flags& O_CLOEXEC))

HOOK(int, memfd_create, (const char* name, unsigned int flags)) {
  int fd = REAL(memfd_create)(name, flags);
  return fd < 0 ? not_acquired(fd) : acquired(Kind::memfd, fd, Detail::text(name, cloexec_if(flags & MFD_CLOEXEC)));
}

HOOK(int, pidfd_open, (pid_t pid, unsigned int flags)) {
  return acquired(Kind::event, REAL(pidfd_open)(pid, flags), Detail::text("pidfd", ledger::slot_cloexec));
}
HOOK(int, pidfd_getfd, (int pidfd, int theirs, unsigned int flags)) {
  return acquired(Kind::descriptor, REAL(pidfd_getfd)(pidfd, theirs, flags),
                  Detail::text("pidfd_getfd", ledger::slot_cloexec));
}

}  // namespace lifeguard
