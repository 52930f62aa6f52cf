// The stack goes through all of the program's functions, innermost first.
// hooks: open
// expect: open-at-end file 1 in innermost stack innermost,middle,outermost,victim detail /etc/passwd
#include "victim.h"

SITE static int innermost(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int middle(void) {
  int fd = innermost();
  CHECK(fd > 2);
  return fd;
}
SITE static int outermost(void) {
  int fd = middle();
  CHECK(fd > 2);
  return fd;
}

void victim(void) { CHECK(outermost() > 2); }
