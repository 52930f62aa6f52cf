// Closed by an instruction that no hook sees: the kernel is asked at the end, and nothing is reported that is not open.
// hooks: open close
// expect-nothing
#include "victim.h"

void victim(void) {
  int fd = open(PLAIN_FILE, O_RDONLY), other = open(PLAIN_FILE, O_RDONLY);
  CHECK(fd > 2 && raw_close(fd) == 0 && !is_open(fd));
  CHECK(close(other) == 0);
}
