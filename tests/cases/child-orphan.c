// A child that still runs when its parent ends; a stopped one runs, too.
// hooks: fork waitpid
// processes: 1
// expect: orphan process 1 in leak_running
// expect: orphan process 1 in leak_vforked detail *sleep*
// expect: orphan process 1 in leak_stopped
#include "children.h"

SITE static pid_t leak_running(void) {
  pid_t pid = fork();
  if (pid == 0) outlive_parent();
  return pid;
}
SITE static pid_t leak_stopped(void) {
  pid_t pid = fork();
  if (pid == 0) {
    for (int fd = 0; fd < 3; ++fd) raw_close(fd);
    raw_syscall(SYS_kill, raw_syscall(SYS_getpid, 0, 0, 0, 0), SIGSTOP, 0, 0);
    raw_exit(0);
  }
  return pid;
}
SITE static pid_t leak_vforked(void) {
  char* arguments[] = {(char*)"sleep", (char*)"25", NULL};
  pid_t pid = vfork();
  if (pid == 0) {
    for (int fd = 0; fd < 3; ++fd) raw_close(fd);
    execv("/bin/sleep", arguments);
    raw_exit(1);
  }
  return pid;
}

void victim(void) {
  int status;
  CHECK(leak_running() > 0 && leak_vforked() > 0);
  pid_t stopped = leak_stopped();
  CHECK(stopped > 0 && waitpid(stopped, &status, WUNTRACED) == stopped && WIFSTOPPED(status));
}
