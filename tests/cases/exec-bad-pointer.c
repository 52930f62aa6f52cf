// What the kernel refuses to read is refused, and not read before it by anyone else.
// hooks: execve open
// process: FORM 1 exit status 0
// expect: open-at-end file 1 in leak_it
#include "again.h"

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  char* arguments[] = {(char*)"name", NULL};
  const char* volatile nowhere = (const char*)8;
  CHECK(leak_it() > 2);
  CHECK(execve(nowhere, arguments, environ) == -1 && errno == EFAULT);
  CHECK(execve("/bin/true", arguments, (char**)nowhere) == -1 && errno == EFAULT);
}
