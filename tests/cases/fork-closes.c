// A child that closes what it inherited takes nothing from its parent, and makes no mistake by it.
// hooks: open close
// expect: open-at-end file 2 in parents_leak processes 1
#include <sys/wait.h>

#include "victim.h"

SITE static int parents_leak(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  int status, kept[2];
  for (volatile int i = 0; i < 2; ++i) kept[i] = parents_leak();
  int a = kept[0], b = kept[1];
  pid_t child = fork();
  if (child == 0) {
    CHECK(close(a) == 0 && close(b) == 0);
    CHECK(close(open(PLAIN_FILE, O_RDONLY)) == 0);
    _exit(0);
  }
  CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0 && is_open(a) && is_open(b));
}
