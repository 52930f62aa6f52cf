// A child, with records of its own, that closes an inherited descriptor twice: the stack that made it is the parent's.
// hooks: close open
// expect: double-close file 1 in second_close closed_first first_close created make_it processes 1
#include <sys/wait.h>

#include "victim.h"

SITE static int make_it(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int first_close(int fd) { return close(fd); }
SITE static int second_close(int fd) { return close(fd); }

void victim(void) {
  int status, fd = make_it();
  pid_t child = fork();
  if (child == 0) {
    CHECK(close(open(PLAIN_FILE, O_RDONLY)) == 0);
    CHECK(first_close(fd) == 0 && second_close(fd) == -1 && errno == EBADF);
    _exit(0);
  }
  CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0 && close(fd) == 0);
}
