// A program that is given an environment without the library is left alone, and finds nothing of ours in it.
// hooks: execve open
// end: exec
// process: FORM 1 exec
// allow: open-at-end
// allow: passed-on
// unwatched main: main its environment does not load the library
// unwatched thread: thread its environment does not load the library
// unwatched constructor: constructor its environment does not load the library
// expect-nothing
#include "again.h"

SITE static int leak_passed(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  char* arguments[] = {(char*)"name", (char*)"argument", NULL};
  char* environment[] = {(char*)"STEP=1", (char*)"ONLY=this", NULL};
  if (step()) {
    print_given();
    dprintf(1, "%s\n", getenv("LD_PRELOAD") ? "watched" : "alone");
    return;
  }
  CHECK(leak_passed() > 2);
  execve(self, arguments, environment);
  CHECK(!"became another program");
}
