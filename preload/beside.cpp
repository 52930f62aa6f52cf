#include "preload/beside.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/single_threaded.h>
#include <sys/stat.h>

#include "preload/signals.h"

namespace lifeguard {

bool only_thread() {
  struct stat status = {};
  // libc's own flag tells of threads that it starts for itself (timers, asynchronous input and output).
  if (process.one_thread && __libc_single_threaded) return true;
  return sys::newfstatat(AT_FDCWD, "/proc/self/task", &status, 0) == 0 && status.st_nlink == 3;
}

void end_with_parent() {
  constexpr int set_parent_death_signal = 1;
  sys::call_with(__NR_prctl, set_parent_death_signal, SIGKILL);
}

void hear_of_children() {
  signals::KernelAction plain = {};
  signals::set(SIGCHLD, &plain, nullptr);
}

}  // namespace lifeguard
