// A process that ends by syscall(SYS_exit_group): what was left is reported, and with which status it ended.
// hooks: open syscall
// status: 12
// expect: open-at-end file 1 in leak_it detail /etc/passwd
// allow: running
#include "victim.h"

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  CHECK(leak_it() > 2);
  syscall(SYS_exit_group, 12);
}
