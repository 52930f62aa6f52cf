// Detached threads are nobody's to join: detached at birth, later, by themselves, and after their end.
// hooks: pthread_create pthread_detach thrd_create thrd_detach
// expect-nothing
#include "workers.h"

static void* detaching(void* worker) {
  CHECK(pthread_detach(pthread_self()) == 0);
  work((struct worker*)worker);
  return NULL;
}

void victim(void) {
  static struct worker workers[6];
  pthread_t id;
  thrd_t other;
  pthread_attr_t attributes;
  CHECK(pthread_attr_init(&attributes) == 0);
  CHECK(pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED) == 0);
  CHECK(pthread_create(&id, &attributes, run_pthread, &workers[0]) == 0);
  CHECK(pthread_create(&id, NULL, run_pthread, &workers[1]) == 0 && pthread_detach(id) == 0);
  CHECK(pthread_create(&id, NULL, detaching, &workers[2]) == 0);
  CHECK(thrd_create(&other, run_thrd, &workers[3]) == thrd_success && thrd_detach(other) == thrd_success);
  for (int i = 0; i < 4; ++i) until_gone(&workers[i]);
  CHECK(pthread_create(&id, NULL, run_pthread, &workers[4]) == 0);
  until_gone(&workers[4]);
  CHECK(pthread_detach(id) == 0);
  CHECK(thrd_create(&other, run_thrd, &workers[5]) == thrd_success);
  until_gone(&workers[5]);
  CHECK(thrd_detach(other) == thrd_success);
}
