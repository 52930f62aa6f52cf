// A command is waited for inside libc: nothing is left of it.
// hooks: system open
// processes: 1
// expect: open-at-end file 1 in leak_it
#include "children.h"

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY | O_CLOEXEC); }

void victim(void) {
  CHECK(leak_it() > 2);
  CHECK(system(NULL) != 0);
  CHECK(system("exit 3") == 3 << 8);
  CHECK(system("true") == 0);
  CHECK(system("echo of the command") == 0);
  until_old();
}
