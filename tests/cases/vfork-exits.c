// A vfork child that ends by _exit does not end its parent's records.
// hooks: vfork _exit __vfork
// expect: open-at-end file 1 in before_it processes 1
// expect: open-at-end file 1 in after_it processes 1
#include <sys/wait.h>

#include "victim.h"

pid_t other_vfork(void) __asm__("__vfork") __attribute__((returns_twice));

SITE static int before_it(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int after_it(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  int status;
  CHECK(before_it() > 2);
  pid_t child = vfork();
  if (child == 0) _exit(4);
  CHECK(child > 0 && waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 4);
  child = other_vfork();
  if (child == 0) _exit(5);
  CHECK(child > 0 && waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 5);
  CHECK(after_it() > 2);
}
