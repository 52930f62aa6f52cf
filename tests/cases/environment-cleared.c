// A program that empties its environment before it opens anything is recorded where it was to be.
// hooks: open
// expect: open-at-end file 1 in leak_it
#include "victim.h"

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  CHECK(clearenv() == 0 && getenv("PATH") == NULL);
  CHECK(leak_it() > 2);
}
