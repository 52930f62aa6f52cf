// Ways to open a file by name, with the twins that 64-bit offsets and fortified headers call instead.
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pty.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>

#include "preload/hook.h"
#include "preload/things.h"
#include "preload/tracker.h"

namespace lifeguard {
namespace {

uint16_t cloexec(int flags) { return cloexec_if(flags & O_CLOEXEC); }
[[gnu::hot]] Kind opened(const char* path, int flags) {
  if ((flags & O_TMPFILE) == O_TMPFILE) return Kind::file;
  if (flags & O_DIRECTORY) return Kind::directory;
  const char* ptmx = "/dev/ptmx";
  while (*ptmx && *path == *ptmx) ++path, ++ptmx;
  return *ptmx || *path ? Kind::file : Kind::pty;
}

}  // namespace

// Whether a mode was given does not matter for passing it on: the register is there in any case.
#define OPEN(declare, name)                                                                                   \
  declare(int, name, (const char* path, int flags, ...)) {                                                    \
    va_list rest;                                                                                             \
    va_start(rest, flags);                                                                                    \
    mode_t mode = va_arg(rest, mode_t);                                                                       \
    va_end(rest);                                                                                             \
    int fd = REAL(name)(path, flags, mode);                                                                   \
    return fd < 0 ? not_acquired(fd) : acquired(opened(path, flags), fd, Detail::path(path, cloexec(flags))); \
  }
OPEN(HOOK, open)
OPEN(HOOK, open64)
OPEN(HOOK_UNDECLARED, __open)
OPEN(HOOK_UNDECLARED, __open64)

#define OPENAT(name)                                                                                          \
  HOOK(int, name, (int directory, const char* path, int flags, ...)) {                                        \
    va_list rest;                                                                                             \
    va_start(rest, flags);                                                                                    \
    mode_t mode = va_arg(rest, mode_t);                                                                       \
    va_end(rest);                                                                                             \
    int fd = REAL(name)(directory, path, flags, mode);                                                        \
    return fd < 0 ? not_acquired(fd) : acquired(opened(path, flags), fd, Detail::path(path, cloexec(flags))); \
  }
OPENAT(openat)
OPENAT(openat64)

#define OPEN_2(name)                                                                                          \
  HOOK_UNDECLARED(int, name, (const char* path, int flags)) {                                                 \
    int fd = REAL(name)(path, flags);                                                                         \
    return fd < 0 ? not_acquired(fd) : acquired(opened(path, flags), fd, Detail::path(path, cloexec(flags))); \
  }
OPEN_2(__open_2)
OPEN_2(__open64_2)

#define OPENAT_2(name)                                                                                        \
  HOOK_UNDECLARED(int, name, (int directory, const char* path, int flags)) {                                  \
    int fd = REAL(name)(directory, path, flags);                                                              \
    return fd < 0 ? not_acquired(fd) : acquired(opened(path, flags), fd, Detail::path(path, cloexec(flags))); \
  }
OPENAT_2(__openat_2)
OPENAT_2(__openat64_2)

HOOK(int, creat, (const char* path, mode_t mode)) {
  return acquired(Kind::file, REAL(creat)(path, mode), Detail::path(path));
}
HOOK(int, creat64, (const char* path, mode_t mode)) {
  return acquired(Kind::file, REAL(creat64)(path, mode), Detail::path(path));
}

// The template holds the name once the call has returned.
#define MKSTEMP(name, parameters, arguments, flags)                      \
  HOOK(int, name, parameters) {                                          \
    int fd = REAL(name) arguments;                                       \
    if (fd < 0) return not_acquired(fd);                                 \
    took_path(path, 0);                                                  \
    return acquired(Kind::file, fd, Detail::path(path, cloexec(flags))); \
  }
MKSTEMP(mkstemp, (char* path), (path), 0)
MKSTEMP(mkstemp64, (char* path), (path), 0)
MKSTEMP(mkstemps, (char* path, int suffix), (path, suffix), 0)
MKSTEMP(mkstemps64, (char* path, int suffix), (path, suffix), 0)
MKSTEMP(mkostemp, (char* path, int flags), (path, flags), flags)
MKSTEMP(mkostemp64, (char* path, int flags), (path, flags), flags)
MKSTEMP(mkostemps, (char* path, int suffix, int flags), (path, suffix, flags), flags)
MKSTEMP(mkostemps64, (char* path, int suffix, int flags), (path, suffix, flags), flags)

// Who asks for what may be there already did not make it if it was: so it is asked for as new first.
template <typename Open>
[[gnu::always_inline]] inline int told_if_made(int flags, bool* made, Open open) {
  int error = errno;
  bool may_exist = (flags & (O_CREAT | O_EXCL)) == O_CREAT;
  if (!may_exist || !may_ask()) {
    int opened = open(flags);
    *made = opened >= 0 && (flags & O_CREAT) && !may_exist;
    return opened;
  }
  int opened = open(flags | O_EXCL);
  *made = opened >= 0;
  if (opened >= 0 || errno != EEXIST) return opened;
  errno = error;
  return open(flags);
}

HOOK(int, shm_open, (const char* name, int flags, mode_t mode)) {
  bool made = false;
  int fd = told_if_made(flags, &made, [&](int with) { return REAL(shm_open)(name, with, mode); });
  if (fd < 0) return not_acquired(fd);
  if (made) note_file(took(Kind::segment, name_id(name), Detail::path(name)), fd, "");
  return acquired(Kind::file, fd, Detail::path(name, ledger::slot_cloexec));
}

HOOK(mqd_t, mq_open, (const char* name, int flags, ...)) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = va_arg(rest, mode_t);
  mq_attr* attributes = va_arg(rest, mq_attr*);
  va_end(rest);
  bool made = false;
  mqd_t queue = told_if_made(flags, &made, [&](int with) { return REAL(mq_open)(name, with, mode, attributes); });
  if (made) took(Kind::queue, name_id(name), Detail::path(name));
  return queue < 0 ? not_acquired(queue) : acquired(Kind::queue, queue, Detail::path(name, ledger::slot_cloexec));
}
HOOK_UNDECLARED(mqd_t, __mq_open_2, (const char* name, int flags)) {
  mqd_t queue = REAL(__mq_open_2)(name, flags);
  return queue < 0 ? not_acquired(queue) : acquired(Kind::queue, queue, Detail::path(name, ledger::slot_cloexec));
}

HOOK(int, posix_openpt, (int flags)) {
  return acquired(Kind::pty, REAL(posix_openpt)(flags), Detail::path("/dev/ptmx", cloexec(flags)));
}
HOOK(int, getpt, ()) { return acquired(Kind::pty, REAL(getpt)(), Detail::path("/dev/ptmx")); }
HOOK(int, openpty, (int* main, int* other, char* name, const termios* settings, const winsize* size)) {
  int result = REAL(openpty)(main, other, name, settings, size);
  if (result == 0) {
    acquired(Kind::pty, *main, Detail::text("openpty, the controlling side"));
    acquired(Kind::pty, *other, Detail::text("openpty, the terminal side"));
    return result;
  }
  return not_acquired(result);
}

HOOK(int, open_by_handle_at, (int mount, file_handle* handle, int flags)) {
  return acquired(Kind::file, REAL(open_by_handle_at)(mount, handle, flags),
                  Detail::text("open_by_handle_at", cloexec(flags)));
}

HOOK(int, open_tree, (int directory, const char* path, unsigned int flags)) {
  int fd = REAL(open_tree)(directory, path, flags);
  return fd < 0 ? not_acquired(fd)
                : acquired(Kind::directory, fd, Detail::path(path, cloexec(static_cast<int>(flags))));
}
HOOK(int, fsopen, (const char* type, unsigned int flags)) {
  return acquired(Kind::event, REAL(fsopen)(type, flags), Detail::text("fsopen"));
}
HOOK(int, fspick, (int directory, const char* path, unsigned int flags)) {
  return acquired(Kind::event, REAL(fspick)(directory, path, flags), Detail::text("fspick"));
}
HOOK(int, fsmount, (int filesystem, unsigned int flags, unsigned int attributes)) {
  return acquired(Kind::directory, REAL(fsmount)(filesystem, flags, attributes), Detail::text("fsmount"));
}

}  // namespace lifeguard
