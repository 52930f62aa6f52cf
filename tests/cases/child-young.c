// A child that ended a moment ago may just not have been waited for yet: that is a note, however long it lived.
// variant old: -DOLD
// variant beside: -DBESIDE
// hooks: fork waitpid
// processes: 1
// expect: zombie process 1 in leak_young severity note
#include "children.h"

SITE static pid_t leak_young(void) {
  pid_t pid = fork();
  if (pid == 0) {
#ifdef OLD
    until_old();
#endif
    raw_exit(0);
  }
  return pid;
}

void victim(void) {
  for (int tries = 0; tries < 20; ++tries) {
    pid_t pid = leak_young();
    double begun = seconds();
#ifdef OLD
    until_old();
    begun = seconds();
#endif
#ifdef BESIDE
    while (!has_ended(pid)) CHECK(seconds() < begun + 20);  // without a pause: it ends on another processor, just now
#else
    UNTIL(has_ended(pid));
#endif
    if (seconds() < begun + 0.2) return;
    CHECK(waitpid(pid, NULL, 0) == pid);
  }
  skip("the machine is too busy for a young child");
}
