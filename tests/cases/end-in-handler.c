// A handler of exit that ends the process by _exit has the last word on the status.
// hooks: open _exit
// status: 9
// expect: open-at-end file 1 in leak_it
// allow: running
#include "victim.h"

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }
static void last_word(void) { _exit(9); }

void victim(void) {
  CHECK(leak_it() > 2 && atexit(last_word) == 0);
  exit(2);
}
