// What a program was given is told with the function that opened it, not with that of the next one that came to have its
// number in the parent.
// hooks: fork execv open close waitpid
// processes: 2
// expect: passed-on file 1 in - severity note detail /etc/passwd
// expect: open-at-end file 1 in parents_next detail /etc/group processes 1
#include "again.h"

SITE static int parents_first(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int parents_next(void) { return open("/etc/group", O_RDONLY | O_CLOEXEC); }

void victim(void) {
  int status;
  if (step()) return;
  next_step(1);
  volatile int* word = shared_word();
  int first = parents_first();
  CHECK(first > 2);
  pid_t child = fork();
  if (child == 0) {
    char* arguments[] = {self, NULL};
    UNTIL(*word);
    execv(self, arguments);
    raw_exit(98);
  }
  double begun = seconds();
  UNTIL(seconds() > begun + 0.05);  // records have times to a tick of the clock
  CHECK(child > 0 && close(first) == 0 && parents_next() == first);
  *word = 1;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
}
