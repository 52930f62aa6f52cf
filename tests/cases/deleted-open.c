// A file without a name takes room on the disk for as long as it is held open: said with its bytes.
// hooks: mkstemp unlink
// expect: open-at-end file 1 in leak_deleted bytes 1048576
#include "victim.h"

static char path[64] = "gone-XXXXXX";

SITE static int leak_deleted(void) { return mkstemp(path); }

void victim(void) {
  static char text[65536];
  memset(text, 'x', sizeof text);
  int fd = leak_deleted();
  for (int i = 0; i < 16; ++i) CHECK(write(fd, text, sizeof text) == sizeof text);
  CHECK(unlink(path) == 0);
}
