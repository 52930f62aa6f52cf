// What another process of the run removes is not left behind.
// hooks: mkstemp fork waitpid
// expect: left-behind path 1 in leak_left
#include <sys/wait.h>

#include "victim.h"

static char path[64];

SITE static void leak_removed(void) {
  strcpy(path, "gone-XXXXXX");
  CHECK(close(mkstemp(path)) == 0);
}
SITE static void leak_left(void) {
  strcpy(path, "left-XXXXXX");
  CHECK(close(mkstemp(path)) == 0);
}

void victim(void) {
  int status;
  leak_removed();
  pid_t child = fork();
  if (child == 0) {
    CHECK(unlink(path) == 0);
    exit(0);
  }
  CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
  leak_removed();
  CHECK(raw_syscall(SYS_unlink, (long)path, 0, 0, 0) == 0);
  leak_left();
}
