// Deeper than is kept: the innermost frames are.
// hooks: open
// expect: open-at-end file 1 in leak_it depth 24 stack leak_it,descend,descend,descend
#include "victim.h"

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int descend(int levels) {
  int fd = levels ? descend(levels - 1) : leak_it();
  CHECK(fd > 2);
  return fd;
}

void victim(void) { CHECK(descend(10000) > 2); }
