// FILE and DIR: the same resource as the descriptor below them, so that open, fdopen, fclose is balanced. What libc
// opens and closes inside these passes no other hook.
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>

#include "preload/hook.h"
#include "preload/ledger.h"
#include "preload/state.h"
#include "preload/sys.h"
#include "preload/things.h"
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

// glibc keeps the pid of a popen's command behind the stream itself; 0: it cannot be told.
pid_t command_behind(FILE* stream) {
  static_assert(sizeof(FILE) == 216);
  constexpr size_t at = sizeof(FILE) + sizeof(void*);
  return stream ? *reinterpret_cast<const pid_t*>(reinterpret_cast<const char*>(stream) + at) : 0;
}

bool is_our_child(pid_t pid) {
  siginfo_t info;
  return pid > 0 && sys::call_with(__NR_waitid, P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT, nullptr) == 0;
}

void began_command(FILE* stream, const char* command, Caller caller) {
  pid_t pid = command_behind(stream);
  if (!may_ask() || !is_our_child(pid)) return;
  constexpr uint16_t flags = ledger::thing_vfork | ledger::thing_stream;
  if (auto* child = took(Kind::process, static_cast<uint64_t>(pid), Detail::text(command), flags, caller))
    child->device = static_cast<uint64_t>(below(stream));
}

// The command of a stream that is about to be closed, which waits for it; 0: it has none.
pid_t ending_command(FILE* stream) {
  if (lifeguard_vfork_depth || stage() != Stage::recording || book::used(ledger::Region::things) <= 1) return 0;
  pid_t pid = command_behind(stream);
  const ledger::Thing* child = pid > 0 ? thing(Kind::process, static_cast<uint64_t>(pid)) : nullptr;
  bool its = child && (ledger::word_flags(child->word) & ledger::thing_stream) &&
             child->device == static_cast<uint64_t>(below(stream));
  return its ? pid : 0;
}
void ended_command(pid_t pid) {
  if (pid) gave(Kind::process, static_cast<uint64_t>(pid));
}

}  // namespace

#define FOPEN(declare, name)                                                                 \
  declare(FILE*, name, (const char* __restrict path, const char* __restrict mode)) {         \
    FILE* stream = REAL(name)(path, mode);                                                   \
    if (!stream) not_acquired();                                                             \
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

#define FCLOSE(declare, name)                   \
  declare(int, name, (FILE * stream)) {         \
    pid_t command = ending_command(stream);     \
    Release release = releasing(below(stream)); \
    int result = REAL(name)(stream);            \
    ended_command(command);                     \
    return released(release, result);           \
  }
FCLOSE(HOOK, fclose)
FCLOSE(HOOK_UNDECLARED, _IO_fclose)

// glibc writes out all streams and takes away their buffers, but closes no descriptor: nothing to note.
HOOK(int, fcloseall, ()) { return REAL(fcloseall)(); }

#define TMPFILE(name)                                                                              \
  HOOK(FILE*, name, ()) {                                                                          \
    FILE* stream = REAL(name)();                                                                   \
    if (!stream) not_acquired();                                                                   \
    if (stream) acquired(Kind::file, below(stream), Detail::text("tmpfile", ledger::slot_stream)); \
    return stream;                                                                                 \
  }
TMPFILE(tmpfile)
TMPFILE(tmpfile64)

#define POPEN(declare, name)                                                          \
  declare(FILE*, name, (const char* command, const char* mode)) {                     \
    FILE* stream = REAL(name)(command, mode);                                         \
    if (stream) {                                                                     \
      acquired(Kind::pipe, below(stream), Detail::text(command, stream_flags(mode))); \
      began_command(stream, command, Caller::here());                                 \
    } else {                                                                          \
      not_acquired();                                                                 \
    }                                                                                 \
    return stream;                                                                    \
  }
POPEN(HOOK, popen)
POPEN(HOOK_UNDECLARED, _IO_popen)

HOOK(int, pclose, (FILE * stream)) {
  pid_t command = ending_command(stream);
  forgotten(below(stream));
  int result = REAL(pclose)(stream);
  ended_command(command);
  return result;
}

HOOK(DIR*, opendir, (const char* path)) {
  DIR* directory = REAL(opendir)(path);
  if (!directory) not_acquired();
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
