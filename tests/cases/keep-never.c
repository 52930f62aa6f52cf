// keep=never leaves no file, whatever was found.
// hooks: open
// options: keep=never
// ledger: none
#include "victim.h"

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) { CHECK(leak_it() > 2); }
