// A program that closes its standard streams and fills their numbers with other files keeps those to the end, as a
// daemon does; numbers 0 to 2 are not for giving back.
// hooks: open close
// expect: open-at-end file 1 in leak_it
#include "victim.h"

SITE static int fill(void) { return open("/dev/null", O_RDWR); }
SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  CHECK(close(0) == 0 && fill() == 0);
  CHECK(close(1) == 0 && fill() == 1);
  CHECK(leak_it() > 2);
}
