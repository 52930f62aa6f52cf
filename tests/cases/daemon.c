// daemon() goes on in a child; the process that called it ends inside, in order.
// hooks: daemon open
// allow: running
// process: FORM 1 exit status 0
// process: FORM 1 exit status 0
// expect: open-at-end file 1 in daemons_leak processes 1 detail /etc/group
#include "children.h"

SITE static int daemons_leak(void) { return open("/etc/group", O_RDONLY); }

void victim(void) {
  pid_t before = getpid();
  CHECK(daemon(1, 1) == 0 && getpid() != before && getsid(0) != before);
  alarm(25);
  CHECK(daemons_leak() > 2);
}
