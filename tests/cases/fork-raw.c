// A child made by a raw clone, which no hook of fork sees, is another process all the same.
// hooks: open close syscall
// expect: open-at-end file 1 in parents_leak processes 1
// expect: open-at-end file 1 in childs_leak processes 1
#include <signal.h>
#include <sys/wait.h>

#include "victim.h"

SITE static int parents_leak(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int childs_leak(void) { return open("/etc/group", O_RDONLY); }

void victim(void) {
  int status, fd = parents_leak();
  CHECK(fd > 2);
  long child = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);
  if (child == 0) {
    CHECK(close(fd) == 0 && childs_leak() == fd);
    _exit(0);
  }
  CHECK(child > 0 && waitpid((pid_t)child, &status, 0) == child && status == 0 && is_open(fd));
}
