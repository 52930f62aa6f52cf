// Without debug information the symbol table still names the function.
// hooks: open
// flags: -g0
// expect: open-at-end file 1 in leak_it stack leak_it,victim
#include "victim.h"

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) { CHECK(leak_it() > 2); }
