// A close that fails because nothing is open is no double close when nothing was ever there, and releases nothing.
// hooks: close
// expect: open-at-end file 1 in leak_it detail /etc/passwd
#include "victim.h"

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  CHECK(leak_it() > 2);
  CHECK(close(900) == -1 && errno == EBADF);
  CHECK(close(-1) == -1 && errno == EBADF);
  CHECK(close(1 << 30) == -1 && errno == EBADF);
}
