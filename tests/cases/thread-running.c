// Threads that still run as the process ends: a note.
// hooks: pthread_create
// expect: running thread 1 in leak_running detail by-name
// expect: running thread 1 in leak_running not by-name
#include "workers.h"

SITE static pthread_t leak_running(struct worker* worker) {
  pthread_t id;
  CHECK(pthread_create(&id, NULL, run_pthread, worker) == 0);
  UNTIL(worker->tid);
  return id;
}

void victim(void) {
  static struct worker workers[2];
  pthread_setname_np(leak_running(&workers[0]), "by-name");
  leak_running(&workers[1]);
}
