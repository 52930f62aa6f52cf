// FILE and DIR: the same resource as the descriptor below them, so that open, fdopen, fclose is balanced. What libc
// opens and closes inside these passes no other hook.
#include <dirent.h>
#include <errno.h>
#include <stdio.h>

#include "preload/hook.h"
#include "preload/tracker.h"

namespace lifeguard {
namespace {

uint16_t stream_flags(const char* mode) {
  uint16_t flags = ledger::slot_stream;
  for (; mode && *mode && *mode != ','; ++mode)
    if (*mode == 'e') flags |= ledger::slot_cloexec;
  return flags;
}
int below(FILE* stream) {
  int error = errno, fd = stream ? fileno(stream) : -1;
  errno = error;  // a stream in memory has none
  return fd;
}

}  // namespace

#define FOPEN(declare, name)                                                                 \
  declare(FILE*, name, (const char* __restrict path, const char* __restrict mode)) {         \
    FILE* stream = REAL(name)(path, mode);                                                   \
    if (stream) acquired(Kind::file, below(stream), Detail::path(path, stream_flags(mode))); \
    return stream;                                                                           \
  }
FOPEN(HOOK, fopen)
FOPEN(HOOK, fopen64)
FOPEN(HOOK_UNDECLARED, _IO_fopen)

#define FDOPEN(declare, name)                          \
  declare(FILE*, name, (int fd, const char* mode)) {   \
    FILE* stream = REAL(name)(fd, mode);               \
    if (stream) marked(fd, ledger::slot_stream, true); \
    return stream;                                     \
  }
FDOPEN(HOOK, fdopen)
FDOPEN(HOOK_UNDECLARED, _IO_fdopen)

// The old descriptor is closed inside, also where the new one cannot be opened.
#define FREOPEN(name)                                                                                      \
  HOOK(FILE*, name, (const char* __restrict path, const char* __restrict mode, FILE* __restrict stream)) { \
    forgotten(below(stream));                                                                              \
    FILE* again = REAL(name)(path, mode, stream);                                                          \
    if (again) acquired(Kind::file, below(again), Detail::path(path, stream_flags(mode)));                 \
    return again;                                                                                          \
  }
FREOPEN(freopen)
FREOPEN(freopen64)

#define FCLOSE(declare, name)                     \
  declare(int, name, (FILE * stream)) {           \
    Release release = releasing(below(stream));   \
    return released(release, REAL(name)(stream)); \
  }
FCLOSE(HOOK, fclose)
FCLOSE(HOOK_UNDECLARED, _IO_fclose)

// glibc writes out all streams and takes away their buffers, but closes no descriptor: nothing to note.
HOOK(int, fcloseall, ()) { return REAL(fcloseall)(); }

#define TMPFILE(name)                                                                              \
  HOOK(FILE*, name, ()) {                                                                          \
    FILE* stream = REAL(name)();                                                                   \
    if (stream) acquired(Kind::file, below(stream), Detail::text("tmpfile", ledger::slot_stream)); \
    return stream;                                                                                 \
  }
TMPFILE(tmpfile)
TMPFILE(tmpfile64)

#define POPEN(declare, name)                                                                    \
  declare(FILE*, name, (const char* command, const char* mode)) {                               \
    FILE* stream = REAL(name)(command, mode);                                                   \
    if (stream) acquired(Kind::pipe, below(stream), Detail::text(command, stream_flags(mode))); \
    return stream;                                                                              \
  }
POPEN(HOOK, popen)
POPEN(HOOK_UNDECLARED, _IO_popen)

HOOK(int, pclose, (FILE * stream)) {
  forgotten(below(stream));
  return REAL(pclose)(stream);
}

HOOK(DIR*, opendir, (const char* path)) {
  DIR* directory = REAL(opendir)(path);
  if (directory)
    acquired(Kind::directory, dirfd(directory), Detail::path(path, ledger::slot_stream | ledger::slot_cloexec));
  return directory;
}
HOOK(DIR*, fdopendir, (int fd)) {
  DIR* directory = REAL(fdopendir)(fd);
  if (directory) {
    marked(fd, ledger::slot_stream | ledger::slot_cloexec, true);
    became(fd, Kind::directory);
  }
  return directory;
}
HOOK(int, closedir, (DIR * directory)) {
  Release release = releasing(directory ? dirfd(directory) : -1);
  return released(release, REAL(closedir)(directory));
}

}  // namespace lifeguard
