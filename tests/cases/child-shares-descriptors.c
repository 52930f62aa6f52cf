// A child that shares its parent's descriptors, made by a system call: what it opens is its parent's to use and to
// close, so that nothing is closed when the child ends.
// hooks: syscall open close
// expect: open-at-end file 2 in childs_gift processes 2
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "victim.h"

SITE static int childs_gift(void) { return open(PLAIN_FILE, O_RDONLY); }

SITE static long by_clone(void) { return syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, 0); }
SITE static long by_clone3(void) {
  struct clone_args arguments = {.flags = CLONE_FILES, .exit_signal = SIGCHLD};
  return syscall(SYS_clone3, &arguments, sizeof arguments);
}

static void takes_from(long child) {
  int status;
  char byte;
  if (child == 0) exit(childs_gift());
  CHECK(child > 0 && waitpid((pid_t)child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) > 2);
  CHECK(is_open(WEXITSTATUS(status)) && read(WEXITSTATUS(status), &byte, 1) == 1 && close(WEXITSTATUS(status)) == 0);
}

void victim(void) {
  long (*const ways[])(void) = {by_clone, by_clone3};
  for (int i = 0; i < 2; ++i) takes_from(ways[i]());
}
