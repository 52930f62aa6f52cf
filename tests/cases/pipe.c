// Both ends of a pipe are descriptors.
// hooks: pipe pipe2 __pipe
// expect: open-at-end pipe 2 in leak_pipe
// expect: open-at-end pipe 1 in leak_one_end
// expect: open-at-end pipe 2 in leak_other_pipe
#include "victim.h"

int other_pipe(int ends[2]) __asm__("__pipe");

SITE static int leak_pipe(int ends[2]) { return pipe(ends); }
SITE static int leak_one_end(int ends[2]) { return pipe2(ends, O_CLOEXEC | O_NONBLOCK); }
SITE static int leak_other_pipe(int ends[2]) { return other_pipe(ends); }

void victim(void) {
  int a[2], b[2], c[2], d[2];
  CHECK(leak_pipe(a) == 0 && leak_one_end(b) == 0 && leak_other_pipe(c) == 0 && leak_pipe(d) == 0);
  CHECK(close(b[1]) == 0 && close(d[0]) == 0 && close(d[1]) == 0);
}
