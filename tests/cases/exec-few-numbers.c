// With fewer descriptors allowed than are asked about at once, what slipped through exec is told all the same.
// hooks: execv open
// end: exec
// process: FORM 1 exec
// process: FORM 2 exit status 0
// expect: passed-on file 1 in slips_through
#include <sys/resource.h>

#include "again.h"

SITE static int slips_through(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  if (step()) return;
  struct rlimit few = {40, 40};
  char* arguments[] = {self, NULL};
  CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
  CHECK(slips_through() > 2);
  next_step(1);
  execv(self, arguments);
  CHECK(!"exec");
}
