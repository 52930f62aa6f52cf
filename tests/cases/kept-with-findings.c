// With the options as they are shipped, the ledger of a program that left something stays.
// hooks: open
// options: keep=
// expect: open-at-end file 1 in leak_it
#include "victim.h"

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) { CHECK(leak_it() > 2); }
