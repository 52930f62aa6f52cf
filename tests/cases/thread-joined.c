// Every way to join, and a try that came too early: that joins nothing.
// hooks: pthread_create pthread_join pthread_tryjoin_np pthread_timedjoin_np pthread_clockjoin_np thrd_create thrd_join
// expect: unjoined thread 1 in leak_tried_early
#include "workers.h"

SITE static pthread_t make(struct worker* worker) {
  pthread_t id;
  CHECK(pthread_create(&id, NULL, run_pthread, worker) == 0);
  return id;
}
SITE static pthread_t leak_tried_early(struct worker* worker) {
  pthread_t id;
  CHECK(pthread_create(&id, NULL, run_pthread, worker) == 0);
  return id;
}
static struct worker* worker(void) { return (struct worker*)calloc(1, sizeof(struct worker)); }

void victim(void) {
  struct worker* one = worker();
  struct timespec until, past = {0, 0};
  void* value;
  thrd_t other;
  one->go = 1;
  CHECK(pthread_join(make(one), &value) == 0);
  CHECK(thrd_create(&other, run_thrd, one) == thrd_success && thrd_join(other, NULL) == thrd_success);
  pthread_t id = make(one);
  UNTIL(pthread_tryjoin_np(id, NULL) == 0);
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += 20;
  CHECK(pthread_timedjoin_np(make(one), NULL, &until) == 0);
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += 20;
  CHECK(pthread_clockjoin_np(make(one), NULL, CLOCK_MONOTONIC, &until) == 0);
  one = worker();
  id = leak_tried_early(one);
  CHECK(pthread_tryjoin_np(id, NULL) == EBUSY);
  CHECK(pthread_timedjoin_np(id, NULL, &past) == ETIMEDOUT);
  CHECK(pthread_clockjoin_np(id, NULL, CLOCK_MONOTONIC, &past) == ETIMEDOUT);
  until_gone(one);
}
