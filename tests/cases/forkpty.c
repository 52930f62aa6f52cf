// forkpty leaves the parent with the master of a terminal. libc takes it inside, where no hook fires.
// hooks: _exit open
// expect: open-at-end file 1 in leak_it processes 1
// expect: unseen pty 1 in - detail *ptmx* processes 1
#include <pty.h>
#include <sys/wait.h>

#include "victim.h"

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int leak_master(int* master) { return forkpty(master, NULL, NULL, NULL); }

void victim(void) {
  int master, status;
  CHECK(leak_it() > 2);
  pid_t child = leak_master(&master);
  if (child == 0) _exit(7);
  CHECK(child > 0 && waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7);
}
