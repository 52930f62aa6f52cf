// CLOSE_RANGE_UNSHARE closes in a descriptor table of the caller's own; with one thread that is all the same.
// hooks: close_range
// forms: main constructor
// expect: open-at-end file 1 in leak_it detail /etc/passwd
#include <linux/close_range.h>

#include "victim.h"

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int swept(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  CHECK(leak_it() > 2);
  int fd = swept();
  CHECK(fd > 2 && close_range((unsigned)fd, ~0u, CLOSE_RANGE_UNSHARE) == 0 && !is_open(fd));
}
