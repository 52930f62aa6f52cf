// exitcode= leaves the status of a program that failed on its own.
// hooks: open
// options: exitcode=42
// status: 3
// expect: open-at-end file 1 in leak_it
#include "victim.h"

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  CHECK(leak_it() > 2);
  victim_status = 3;
}
