// make tells its children of the pipe that they take their tokens from: passed by agreement.
// hooks: execv pipe
// end: exec
// process: FORM 1 exec
// process: FORM 2 exit status 0
// expect: passed-on pipe 2 in to_pass severity note
#include "again.h"

SITE static int to_pass(int* ends) { return pipe(ends); }

void victim(void) {
  char *arguments[] = {self, NULL}, flags[60];
  int ends[2];
  if (step()) return;
  next_step(1);
  CHECK(to_pass(ends) == 0);
  snprintf(flags, sizeof flags, " -j2 --jobserver-auth=%d,%d", ends[0], ends[1]);
  CHECK(setenv("MAKEFLAGS", flags, 1) == 0);
  execv(self, arguments);
  CHECK(!"became another program");
}
