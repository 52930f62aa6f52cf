// Threads that detach themselves, many over the same few handles: none is unjoined, and nothing is read of one that is gone.
// hooks: pthread_create pthread_detach
// ledger: any
// forms: main
// allow: running
// expect-nothing
#include <pthread.h>

#include "victim.h"

static void* detach_itself(void* unused) {
  pthread_detach(pthread_self());
  return unused;
}

void victim(void) {
  for (int i = 0; i < 2000; ++i) {
    pthread_t id;
    while (pthread_create(&id, NULL, detach_itself, NULL) != 0) sched_yield();
  }
}
