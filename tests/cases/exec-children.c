// Children go on as their parent becomes another program, which can wait for them: what it does not wait for is told
// with the function of the image that made them, and nothing of one that it does.
// hooks: fork vfork execv waitpid
// end: exec
// process: FORM 1 exec
// process: FORM 2 exit status 0
// expect: zombie process 1 in leak_zombie
// expect: zombie process 1 in leak_zombie_by_vfork
// expect: orphan process 1 in leak_running
#include "again.h"

SITE static pid_t leak_zombie(void) {
  pid_t pid = fork();
  if (pid == 0) raw_exit(0);
  return pid;
}
SITE static pid_t leak_zombie_by_vfork(void) {
  pid_t pid = vfork();
  if (pid == 0) raw_exit(0);
  return pid;
}
SITE static pid_t leak_running(void) {
  pid_t pid = fork();
  if (pid == 0) outlive_parent();
  return pid;
}

void victim(void) {
  if (step() == 0) {
    char text[12], *arguments[] = {self, NULL};
    pid_t zombie = leak_zombie(), other = leak_zombie_by_vfork(), waited = leak_zombie();
    CHECK(zombie > 0 && other > 0 && waited > 0 && leak_running() > 0);
    UNTIL(has_ended(zombie) && has_ended(other));
    until_old();
    snprintf(text, sizeof text, "%d", waited);
    CHECK(setenv("WAITED", text, 1) == 0);
    next_step(1);
    execv(self, arguments);
    CHECK(!"became another program");
  }
  pid_t waited = atoi(getenv("WAITED"));
  CHECK(waitpid(waited, NULL, 0) == waited);
}
