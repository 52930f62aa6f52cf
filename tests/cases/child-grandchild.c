// A child that leaves a child of its own running answers for it; whoever made the child does not.
// hooks: fork waitpid
// process: FORM 1 exit status 0
// process: FORM 1 exit status 4 parent FORM
// expect: orphan process 1 in leak_grandchild processes 1
#include "children.h"

SITE static pid_t leak_grandchild(void) {
  pid_t pid = fork();
  if (pid == 0) outlive_parent();
  return pid;
}
SITE static pid_t make_child(void) {
  pid_t pid = fork();
  if (pid == 0) {
    CHECK(leak_grandchild() > 0);
    exit(4);
  }
  return pid;
}

void victim(void) {
  int status;
  pid_t child = make_child();
  CHECK(child > 0 && waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 4);
}
