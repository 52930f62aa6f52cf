// A program that ignores SIGCHLD, or asks for no zombies, has waited for all its children.
// hooks: fork
// variant flag: -DFLAG
// processes: 1
// expect-nothing
#include "children.h"

SITE static pid_t make(void) {
  pid_t pid = fork();
  if (pid == 0) raw_exit(0);
  return pid;
}

void victim(void) {
#ifdef FLAG
  struct sigaction action = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};
#else
  struct sigaction action = {.sa_handler = SIG_IGN};
#endif
  CHECK(sigaction(SIGCHLD, &action, NULL) == 0);
  for (int i = 0; i < 5; ++i) {
    pid_t pid = make();
    CHECK(pid > 0);
    UNTIL(raw_syscall(SYS_kill, pid, 0, 0, 0) == -ESRCH);
  }
  until_old();
}
