// Becoming another program. The environment is handed on with the run's name added (passage.h); an exec that fails
// leaves everything as it was.
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "preload/hook.h"
#include "preload/line.h"
#include "preload/passage.h"
#include "preload/state.h"
#include "preload/sys.h"

namespace lifeguard {
namespace {

// Where execvp will find a program, for the note about programs that cannot be watched; path itself if nowhere.
const char* searched(const char* file, Line<512>* found) {
  if (!passage::readable(file)) return file;
  for (const char* c = file; *c; ++c)
    if (*c == '/') return file;
  Slice path;
  for (char** entry = environ; entry && *entry; ++entry)
    if (starts_with(*entry, "PATH=")) path = Slice(*entry).from(5);
  while (!path.empty()) {
    found->clear();
    *found << take_until(&path, ':') << "/" << file;
    constexpr int executable = 1;  // X_OK
    if (sys::call_with(__NR_faccessat, -100, found->c_str(), executable) == 0) return found->c_str();
  }
  return file;
}

// Its frame is gone before the environment is built: a crash handler's stack is small.
[[gnu::noinline]] bool can_watch_searched(const char* file, char* const* environment) {
  Line<512> found;
  return passage::can_watch(searched(file, &found), environment);
}

int back(int result) {
  int error = errno;
  passage::stayed();
  errno = error;
  return result;
}

}  // namespace

HOOK(int, execve, (const char* path, char* const arguments[], char* const environment[])) {
  if (!passage::wanted(environment)) return REAL(execve)(path, arguments, environment);
  EXEC_ENVIRONMENT(handed, environment, passage::can_watch(path, environment));
  passage::leaving();
  return back(REAL(execve)(path, arguments, handed));
}

HOOK(int, execvpe, (const char* file, char* const arguments[], char* const environment[])) {
  if (!passage::wanted(environment)) return REAL(execvpe)(file, arguments, environment);
  bool can_watch = can_watch_searched(file, environment);
  EXEC_ENVIRONMENT(handed, environment, can_watch);
  passage::leaving();
  return back(REAL(execvpe)(file, arguments, handed));
}

HOOK(int, execv, (const char* path, char* const arguments[])) {
  return lifeguard_hook_execve(path, arguments, environ);
}
HOOK(int, execvp, (const char* file, char* const arguments[])) {
  return lifeguard_hook_execvpe(file, arguments, environ);
}

HOOK(int, fexecve, (int fd, char* const arguments[], char* const environment[])) {
  if (!passage::wanted(environment)) return REAL(fexecve)(fd, arguments, environment);
  Line<64> path;
  path << "/proc/self/fd/" << static_cast<uint64_t>(fd < 0 ? 0 : fd);
  EXEC_ENVIRONMENT(handed, environment, passage::can_watch(path.c_str(), environment));
  passage::leaving();
  return back(REAL(fexecve)(fd, arguments, handed));
}

HOOK(int, execveat, (int directory, const char* path, char* const arguments[], char* const environment[], int flags)) {
  if (!passage::wanted(environment)) return REAL(execveat)(directory, path, arguments, environment, flags);
  EXEC_ENVIRONMENT(handed, environment, passage::can_watch(path, environment, directory, flags));
  passage::leaving();
  return back(REAL(execveat)(directory, path, arguments, handed, flags));
}

// The ones with their arguments in a row: gathered into an array on the stack, as libc does.
#define GATHER(first, list)                                                          \
  va_list counting;                                                                  \
  va_start(counting, first);                                                         \
  size_t number = 1;                                                                 \
  while (va_arg(counting, char*)) ++number;                                          \
  va_end(counting);                                                                  \
  auto** list = static_cast<char**>(__builtin_alloca((number + 1) * sizeof(char*))); \
  va_list rest;                                                                      \
  va_start(rest, first);                                                             \
  list[0] = const_cast<char*>(first);                                                \
  for (size_t i = 1; i <= number; ++i) list[i] = va_arg(rest, char*)

HOOK(int, execl, (const char* path, const char* first, ...)) {
  if (!first) {
    char* none[] = {nullptr};
    return lifeguard_hook_execve(path, none, environ);
  }
  GATHER(first, arguments);
  va_end(rest);
  return lifeguard_hook_execve(path, arguments, environ);
}
HOOK(int, execlp, (const char* file, const char* first, ...)) {
  if (!first) {
    char* none[] = {nullptr};
    return lifeguard_hook_execvpe(file, none, environ);
  }
  GATHER(first, arguments);
  va_end(rest);
  return lifeguard_hook_execvpe(file, arguments, environ);
}
HOOK(int, execle, (const char* path, const char* first, ...)) {
  if (!first) {
    va_list only;
    va_start(only, first);
    char* none[] = {nullptr};
    auto** environment = va_arg(only, char**);
    va_end(only);
    return lifeguard_hook_execve(path, none, environment);
  }
  GATHER(first, arguments);
  auto** environment = va_arg(rest, char**);
  va_end(rest);
  return lifeguard_hook_execve(path, arguments, environment);
}

}  // namespace lifeguard
