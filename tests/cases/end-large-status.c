// Of a status the parent sees eight bits, and so does the report.
// hooks: open
// status: 1
// expect: open-at-end file 1 in leak_it
// allow: running
#include "victim.h"

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  CHECK(leak_it() > 2);
  exit(257);
}
