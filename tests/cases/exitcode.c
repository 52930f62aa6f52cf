// exitcode= turns a leak into a status where the program would have said that all is well.
// hooks: open
// options: exitcode=42
// library-status: 42
// expect: open-at-end file 1 in leak_it
#include "victim.h"

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  puts("written by the program");
  CHECK(leak_it() > 2);
}
