// A vfork child lives in its parent's memory and changes its own descriptors: the parent's records stay as they are.
// hooks: vfork open close dup2
// expect: open-at-end file 2 in parents_leak processes 1 detail /etc/passwd
// allow: passed-on
#include <sys/wait.h>

#include "victim.h"

SITE static int parents_leak(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static pid_t start(int a, int b) {
  char* arguments[] = {(char*)"sh", (char*)"-c", (char*)"exit 6", NULL};
  pid_t child = vfork();
  if (child == 0) {
    close(a);
    dup2(b, 50);
    if (open("/dev/null", O_RDONLY) != a) _exit(98);
    execv("/bin/sh", arguments);
    _exit(97);
  }
  return child;
}

void victim(void) {
  int status, kept[2];
  for (volatile int i = 0; i < 2; ++i) kept[i] = parents_leak();
  int a = kept[0], b = kept[1];
  CHECK(fcntl(a, F_SETFD, FD_CLOEXEC) == 0 && fcntl(b, F_SETFD, FD_CLOEXEC) == 0);
  for (int i = 0; i < 3; ++i) {
    pid_t child = start(a, b);
    CHECK(child > 0 && waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 6);
    CHECK(is_open(a) && is_open(b) && !is_open(50));
  }
  CHECK(close(open(PLAIN_FILE, O_RDONLY)) == 0);
}
