// Equal stacks are one site, different ones are not.
// hooks: open
// expect: open-at-end file 5 in leak_it stack leak_it,from_here
// expect: open-at-end file 3 in leak_it stack leak_it,from_there
#include "victim.h"

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static void from_here(void) { CHECK(leak_it() > 2); }
SITE static void from_there(void) { CHECK(leak_it() > 2); }

void victim(void) {
  for (volatile int i = 0; i < 5; ++i) from_here();
  for (volatile int i = 0; i < 3; ++i) from_there();
}
