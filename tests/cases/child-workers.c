// Eight workers with the same leak are one finding of eight, at most one in a process.
// hooks: fork wait open
// processes: 9
// expect: open-at-end file 8 in leak_in_worker processes 8
#include "children.h"

SITE static int leak_in_worker(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  int status;
  for (int i = 0; i < 8; ++i) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      CHECK(leak_in_worker() > 2);
      exit(i);
    }
  }
  for (int i = 0; i < 8; ++i) CHECK(wait(&status) > 0 && WIFEXITED(status));
}
