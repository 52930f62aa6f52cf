// What dup2 closed in passing was closed then; closing the number after it closes the new one, and then
// once too often.
// hooks: close dup2
// expect: double-close pipe 1 in second_close closed_first first_close created put_over
#include "victim.h"

SITE static int put_over(int from, int to) { return dup2(from, to); }
SITE static int first_close(int fd) { return close(fd); }
SITE static int second_close(int fd) { return close(fd); }

void victim(void) {
  int ends[2], file = open(PLAIN_FILE, O_RDONLY);
  CHECK(pipe(ends) == 0 && put_over(ends[0], file) == file);
  CHECK(first_close(file) == 0 && second_close(file) == -1 && errno == EBADF);
  CHECK(close(ends[0]) == 0 && close(ends[1]) == 0);
}
