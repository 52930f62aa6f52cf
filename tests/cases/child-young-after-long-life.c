// It is the end that has to be old, not the child.
// hooks: fork
// processes: 1
// expect: zombie process 1 in leak_young severity note
#include "children.h"

static volatile int* word;

SITE static pid_t leak_young(void) {
  pid_t pid = fork();
  if (pid == 0) {
    while (!*word) short_pause();
    raw_exit(0);
  }
  return pid;
}

void victim(void) {
  word = shared_word();
  pid_t pid = leak_young();
  until_old(seconds());
  *word = 1;
  UNTIL(has_ended(pid));
}
