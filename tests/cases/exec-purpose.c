// Descriptors that were meant to go along: close-on-exec was taken off, or a number was asked for. A note.
// hooks: execv open fcntl dup2
// end: exec
// process: FORM 1 exec
// process: FORM 2 exit status 0
// expect: passed-on file 1 in open_then_cleared severity note
// expect: passed-on file 1 in to_a_number severity note
#include "again.h"

SITE static int open_then_cleared(void) { return open(PLAIN_FILE, O_RDONLY | O_CLOEXEC); }
SITE static int to_a_number(int fd) { return dup2(fd, 40); }

void victim(void) {
  char* arguments[] = {self, NULL};
  if (step()) return;
  next_step(1);
  int fd = open_then_cleared(), other = open("/etc/group", O_RDONLY | O_CLOEXEC);
  CHECK(fcntl(fd, F_SETFD, 0) == 0 && to_a_number(other) == 40);
  execv(self, arguments);
  CHECK(!"became another program");
}
