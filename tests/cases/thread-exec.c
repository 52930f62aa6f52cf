// Threads end with an exec; nothing of them is said.
// hooks: pthread_create execv
// end: exec
// process: FORM 1 exec
// forms: main constructor
// allow: running
// expect-nothing
#include "again.h"
#include "workers.h"

void victim(void) {
  static struct worker running;
  char* arguments[] = {self, NULL};
  pthread_t id;
  if (step()) return;
  next_step(1);
  CHECK(pthread_create(&id, NULL, run_pthread, &running) == 0);
  UNTIL(running.tid);
  execv(self, arguments);
  CHECK(!"became another program");
}
