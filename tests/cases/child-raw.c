// Children made by system calls that have other names, or none: clone, clone3 and fork by syscall().
// hooks: syscall waitpid
// processes: 1
// expect: zombie process 1 in leak_clone
// expect: zombie process 1 in leak_clone3
// expect: zombie process 1 in leak_fork
#include <linux/sched.h>

#include "children.h"

SITE static pid_t leak_clone(void) {
  long pid = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);
  if (pid == 0) raw_exit(0);
  return (pid_t)pid;
}
SITE static pid_t leak_clone3(void) {
  struct clone_args how = {.exit_signal = SIGCHLD};
  long pid = syscall(SYS_clone3, &how, sizeof how);
  if (pid == 0) raw_exit(0);
  return (pid_t)pid;
}
SITE static pid_t leak_fork(void) {
  long pid = syscall(SYS_fork);
  if (pid == 0) raw_exit(0);
  return (pid_t)pid;
}

void victim(void) {
  pid_t (*ways[])(void) = {leak_clone, leak_clone3, leak_fork};
  for (unsigned i = 0; i < sizeof ways / sizeof *ways; ++i) {
    int status;
    pid_t kept = ways[i](), waited = ways[i]();
    CHECK(kept > 0 && waited > 0 && waitpid(waited, &status, 0) == waited && status == 0);
    UNTIL(has_ended(kept));
  }
  until_old();
}
