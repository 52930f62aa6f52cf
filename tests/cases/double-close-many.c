// The same mistake several times over is one finding with a count.
// hooks: close
// expect: double-close pipe 3 in second_close closed_first first_close created make_pipe
#include "victim.h"

SITE static int make_pipe(int ends[2]) { return pipe(ends); }
SITE static int first_close(int fd) { return close(fd); }
SITE static int second_close(int fd) { return close(fd); }

void victim(void) {
  int ends[2];
  for (int i = 0; i < 3; ++i) {
    CHECK(make_pipe(ends) == 0 && first_close(ends[0]) == 0);
    CHECK(second_close(ends[0]) == -1 && errno == EBADF);
    CHECK(first_close(ends[1]) == 0);
  }
}
