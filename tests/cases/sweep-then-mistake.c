// A sweep excuses itself and not the double close after it.
// hooks: close
// expect: double-close file 1 in second_close closed_first first_close created make_it
#include "victim.h"

SITE static int make_it(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int first_close(int fd) { return close(fd); }
SITE static int second_close(int fd) { return close(fd); }
SITE static void sweep(void) {
  for (int fd = 3; fd < 40; ++fd) close(fd);
}

void victim(void) {
  for (int i = 0; i < 5; ++i) CHECK(open(PLAIN_FILE, O_RDONLY) > 2);
  sweep();
  sweep();
  int fd = make_it();
  CHECK(fd > 2 && first_close(fd) == 0 && second_close(fd) == -1 && errno == EBADF);
}
