// What victims with threads share.
#pragma once

#include <pthread.h>
#include <threads.h>

#include "children.h"

// A thread that tells its number, waits until it is let go, and ends.
struct worker {
  volatile int tid, go;
};
static inline void work(struct worker* self) {
  self->tid = gettid();
  while (!self->go) short_pause();
}
static inline void* run_pthread(void* worker) {
  work((struct worker*)worker);
  return NULL;
}
static inline int run_thrd(void* worker) {
  work((struct worker*)worker);
  return 0;
}

// Lets it go, and waits until the system does not know it any more: it has ended, joined or not.
static inline void until_gone(struct worker* worker) {
  UNTIL(worker->tid);
  worker->go = 1;
  UNTIL(raw_syscall(SYS_tgkill, getpid(), worker->tid, 0, 0) == -ESRCH);
}
