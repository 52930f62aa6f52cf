// enable=0: loaded, and idle.
// hooks: open close
// options: enable=0
// ledger: none
#include "victim.h"

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  CHECK(leak_it() > 2);
  CHECK(close(leak_it()) == 0);
}
