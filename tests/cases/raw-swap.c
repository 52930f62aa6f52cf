// Closed and another opened under the same number, both unseen: what is open is not what the stack
// made, and is not said to be.
// hooks: open
// expect: unseen pipe 1 in -
#include "victim.h"

SITE static int make_it(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  int fd = make_it(), ends[2];
  CHECK(fd > 2 && raw_close(fd) == 0);
  CHECK(raw_syscall(SYS_pipe2, (long)ends, 0, 0, 0) == 0 && ends[0] == fd);
  CHECK(raw_close(ends[1]) == 0);
}
