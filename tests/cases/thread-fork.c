// A forked child has none of its parent's threads, and leaves none of them unjoined.
// hooks: pthread_create pthread_join fork waitpid open
// processes: 2
// expect: open-at-end file 1 in childs_leak processes 1
#include "workers.h"

SITE static int childs_leak(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  static struct worker workers[2];
  pthread_t ids[2];
  int status;
  for (int i = 0; i < 2; ++i) CHECK(pthread_create(&ids[i], NULL, run_pthread, &workers[i]) == 0);
  until_gone(&workers[0]);
  pid_t child = fork();
  if (child == 0) {
    CHECK(childs_leak() > 2);
    exit(0);
  }
  CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
  until_gone(&workers[1]);
  for (int i = 0; i < 2; ++i) CHECK(pthread_join(ids[i], NULL) == 0);
}
