// forkpty leaves the parent with the master of a terminal, and with a child.
// hooks: _exit open forkpty waitpid
// processes: 1
// expect: open-at-end file 1 in leak_it processes 1
// expect: open-at-end pty 1 in leak_both detail forkpty processes 1
// expect: zombie process 1 in leak_both processes 1
#include <pty.h>

#include "children.h"

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int leak_both(int* master) { return forkpty(master, NULL, NULL, NULL); }

void victim(void) {
  int master, other, status;
  CHECK(leak_it() > 2);
  pid_t child = leak_both(&master);
  if (child == 0) _exit(7);
  CHECK(child > 0 && waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7);
  pid_t kept = leak_both(&other);
  if (kept == 0) raw_exit(0);
  CHECK(kept > 0 && close(other) == 0);
  UNTIL(has_ended(kept));
  until_old();
}
