// Opened by an instruction that no hook sees: found at the end, without a stack.
// hooks: open
// expect: unseen file 1 in - detail /etc/group
// expect: open-at-end file 1 in leak_it detail /etc/passwd
#include "victim.h"

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  CHECK(leak_it() > 2);
  CHECK(raw_open("/etc/group", O_RDONLY) > 2);
}
