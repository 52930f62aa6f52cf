// A program that becomes another one, and that one waits for all: nothing is left, and nothing said of what went along.
// hooks: fork execv waitpid open
// end: exec
// options: keep=findings
// ledger: none
// status: 0
#include "again.h"

void victim(void) {
  if (step() == 0) {
    char* arguments[] = {self, NULL};
    pid_t pid = fork();
    if (pid == 0) raw_exit(0);
    CHECK(pid > 0 && open(PLAIN_FILE, O_RDONLY | O_CLOEXEC) > 2);
    next_step(1);
    execv(self, arguments);
    CHECK(!"became another program");
  }
  CHECK(waitpid(-1, NULL, 0) > 0);
}
