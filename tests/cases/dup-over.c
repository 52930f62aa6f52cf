// dup2 and dup3 over an open descriptor close it: one resource goes, another comes, and nothing is counted twice.
// hooks: dup2 dup3
// expect: open-at-end pipe 1 in put_over
// expect: open-at-end pipe 1 in put_over_too
// expect: open-at-end pipe 2 in make_pipe
#include "victim.h"

SITE static int make_pipe(int ends[2]) { return pipe(ends); }
SITE static int make_file(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int put_over(int from, int to) { return dup2(from, to); }
SITE static int put_over_too(int from, int to) { return dup3(from, to, 0); }

void victim(void) {
  int ends[2];
  CHECK(make_pipe(ends) == 0);
  int a = make_file(), b = make_file();
  CHECK(put_over(ends[0], a) == a);
  CHECK(put_over_too(ends[1], b) == b);
  // Onto itself changes nothing, and a failing one neither.
  CHECK(dup2(ends[0], ends[0]) == ends[0]);
  CHECK(dup2(-1, ends[0]) == -1 && errno == EBADF && is_open(ends[0]));
  CHECK(dup3(ends[0], ends[0], 0) == -1 && errno == EINVAL && is_open(ends[0]));
}
