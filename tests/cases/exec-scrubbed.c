// With follow=always a program that is given another environment is watched as well; the rest of it is as given.
// hooks: execve open
// options: follow=always
// end: exec
// process: FORM 1 exec
// process: FORM 2 exit status 0
// expect: open-at-end file 1 in leak_after image 2
// expect: passed-on file 1 in leak_passed
#include "again.h"

SITE static int leak_passed(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int leak_after(void) { return open("/etc/group", O_RDONLY); }

void victim(void) {
  char* arguments[] = {(char*)"name", (char*)"argument", NULL};
  char* environment[] = {(char*)"STEP=1", (char*)"ONLY=this", NULL};
  if (step()) {
    print_given();
    CHECK(leak_after() > 2);
    return;
  }
  CHECK(leak_passed() > 2);
  execve(self, arguments, environment);
  CHECK(!"became another program");
}
