// A forked child answers for what it opened itself, and not for its parent's.
// hooks: open
// processes: 2
// expect: open-at-end file 1 in parents_leak processes 1 detail /etc/passwd
// expect: open-at-end file 1 in childs_leak processes 1 detail /etc/group
#include <sys/wait.h>

#include "victim.h"

SITE static int parents_leak(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int childs_leak(void) { return open("/etc/group", O_RDONLY); }

void victim(void) {
  int status;
  CHECK(parents_leak() > 2);
  pid_t child = fork();
  if (child == 0) {
    CHECK(childs_leak() > 2);
    exit(5);
  }
  CHECK(child > 0 && waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 5);
}
