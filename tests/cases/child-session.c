// A child that went into a session of its own is meant to outlive its parent: a warning.
// hooks: fork
// processes: 1
// expect: orphan process 1 in leak_daemon severity warning
#include "children.h"

static volatile int* word;

SITE static pid_t leak_daemon(void) {
  pid_t pid = fork();
  if (pid == 0) {
    *word = (int)raw_syscall(SYS_setsid, 0, 0, 0, 0);
    outlive_parent();
  }
  return pid;
}

void victim(void) {
  word = shared_word();
  pid_t pid = leak_daemon();
  UNTIL(*word == pid);
}
