// `env -i` starts a program that is watched all the same, where that was asked for.
// hooks: execve open
// options: follow=always
// end: exec
// process: FORM 1 exec
// process: FORM 2 exit status 0
// expect: open-at-end file 1 in leak_after
#include "again.h"

SITE static int leak_after(void) { return open("/etc/group", O_RDONLY); }

void victim(void) {
  char* arguments[] = {(char*)"env", (char*)"-i", (char*)"STEP=1", (char*)"A=b", self, (char*)"argument", NULL};
  if (step()) {
    print_given();
    CHECK(leak_after() > 2);
    return;
  }
  CHECK(close(open(PLAIN_FILE, O_RDONLY)) == 0);
  execve("/usr/bin/env", arguments, environ);
  CHECK(!"became another program");
}
