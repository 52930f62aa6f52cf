// A descriptor that went through two programs is one, and shown with the function of the first.
// hooks: execv open
// end: exec
// process: FORM 1 exec
// process: FORM 2 exec
// process: FORM 3 exit status 0
// expect: passed-on file 1 in leak_first detail /etc/passwd
// expect: passed-on file 1 in leak_second detail /etc/group processes 1
#include "again.h"

SITE static int leak_first(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int leak_second(void) { return open("/etc/group", O_RDONLY); }

void victim(void) {
  char* arguments[] = {self, NULL};
  int number = step();
  if (number == 2) return;
  next_step(number + 1);
  CHECK((number == 0 ? leak_first() : leak_second()) > 2);
  execv(self, arguments);
  CHECK(!"became another program");
}
