// To look at a child's end is not to take it, and neither is to hear that it stopped or goes on.
// hooks: waitid waitpid fork
// processes: 1
// expect: zombie process 1 in leak_looked_at
// expect: zombie process 1 in leak_stopped
#include "children.h"

static volatile int* word;

SITE static pid_t leak_looked_at(void) {
  pid_t pid = fork();
  if (pid == 0) raw_exit(0);
  return pid;
}
SITE static pid_t leak_stopped(void) {
  pid_t pid = fork();
  if (pid == 0) {
    raw_syscall(SYS_kill, raw_syscall(SYS_getpid, 0, 0, 0, 0), SIGSTOP, 0, 0);
    while (!*word) short_pause();
    raw_exit(0);
  }
  return pid;
}

void victim(void) {
  int status;
  siginfo_t info;
  word = shared_word();
  for (int keep = 0; keep < 2; ++keep) {
    *word = 0;
    pid_t looked_at = leak_looked_at(), stopped = leak_stopped();
    CHECK(waitid(P_PID, (id_t)looked_at, &info, WEXITED | WNOWAIT) == 0 && info.si_pid == looked_at);
    CHECK(waitid(P_PID, (id_t)looked_at, NULL, WEXITED | WNOWAIT) == 0);
    CHECK(waitpid(stopped, &status, WUNTRACED) == stopped && WIFSTOPPED(status));
    CHECK(kill(stopped, SIGCONT) == 0);
    CHECK(waitid(P_PID, (id_t)stopped, &info, WCONTINUED) == 0 && info.si_code == CLD_CONTINUED);
    *word = 1;
    UNTIL(has_ended(stopped));
    if (!keep) CHECK(waitpid(looked_at, NULL, 0) == looked_at && waitpid(stopped, NULL, 0) == stopped);
  }
  until_old();
}
