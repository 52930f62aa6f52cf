// closefrom closes everything from a number up.
// hooks: closefrom
// expect: open-at-end file 1 in leak_below detail /etc/passwd
// expect: open-at-end file 1 in leak_after detail /etc/passwd
#include "victim.h"

SITE static int leak_below(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int leak_after(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int swept(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  CHECK(leak_below() > 2);
  int a = swept(), b = swept();
  CHECK(dup2(b, 700) == 700);
  closefrom(a);
  CHECK(!is_open(a) && !is_open(b) && !is_open(700));
  CHECK(leak_after() == a);
}
