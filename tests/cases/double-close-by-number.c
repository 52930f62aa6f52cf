// Through syscall() a second close is one all the same.
// hooks: syscall
// expect: double-close file 1 in second_close closed_first first_close created make_it
#include "victim.h"

SITE static int make_it(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int first_close(int fd) { return (int)syscall(SYS_close, fd); }
SITE static int second_close(int fd) { return (int)syscall(SYS_close, fd); }

void victim(void) {
  int fd = make_it();
  CHECK(fd > 2 && first_close(fd) == 0 && second_close(fd) == -1 && errno == EBADF);
}
