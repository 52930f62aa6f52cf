// A child that lives in its parent's memory (clone with CLONE_VM, on a stack of its own) ends by _exit: the parent goes
// on, and so does its record.
// hooks: clone _exit open
// expect: open-at-end file 1 in parents_leak
#include <sched.h>
#include <sys/wait.h>

#include "victim.h"

static int ends(void* unused) {
  (void)unused;
  _exit(3);
}
SITE static int parents_leak(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  static char stack[65536] __attribute__((aligned(16)));
  int status;
  pid_t child = clone(ends, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL);
  CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 3);
  CHECK(parents_leak() > 2);
}
