// A child that was ended by a signal and never waited for.
// hooks: fork waitpid
// processes: 1
// expect: zombie process 1 in leak_killed
#include "children.h"

SITE static pid_t leak_killed(void) {
  pid_t pid = fork();
  if (pid == 0)
    for (;;) short_pause();
  return pid;
}

void victim(void) {
  int status;
  pid_t kept = leak_killed(), waited = leak_killed();
  CHECK(kill(kept, SIGKILL) == 0 && kill(waited, SIGTERM) == 0);
  CHECK(waitpid(waited, &status, 0) == waited && WTERMSIG(status) == SIGTERM);
  UNTIL(has_ended(kept));
  until_old();
}
