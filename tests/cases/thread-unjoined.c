// Threads that ended and that nobody joined; each way to make one makes two, of which one is joined.
// hooks: pthread_create thrd_create pthread_join thrd_join
// expect: unjoined thread 1 in leak_plain
// expect: unjoined thread 1 in leak_with_attributes
// expect: unjoined thread 1 in leak_thrd
// expect: unjoined thread 1 in leak_exiting
#include "workers.h"

static void* exiting(void* worker) {
  work((struct worker*)worker);
  pthread_exit(NULL);
}

SITE static pthread_t leak_plain(struct worker* worker) {
  pthread_t id;
  CHECK(pthread_create(&id, NULL, run_pthread, worker) == 0);
  return id;
}
SITE static pthread_t leak_with_attributes(struct worker* worker) {
  pthread_t id;
  pthread_attr_t attributes;
  CHECK(pthread_attr_init(&attributes) == 0 && pthread_attr_setstacksize(&attributes, 256 * 1024) == 0);
  CHECK(pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_JOINABLE) == 0);
  CHECK(pthread_create(&id, &attributes, run_pthread, worker) == 0);
  pthread_attr_destroy(&attributes);
  return id;
}
SITE static pthread_t leak_thrd(struct worker* worker) {
  thrd_t id;
  CHECK(thrd_create(&id, run_thrd, worker) == thrd_success);
  return id;
}
SITE static pthread_t leak_exiting(struct worker* worker) {
  pthread_t id;
  CHECK(pthread_create(&id, NULL, exiting, worker) == 0);
  return id;
}

void victim(void) {
  static struct worker workers[8];
  pthread_t (*ways[])(struct worker*) = {leak_plain, leak_with_attributes, leak_thrd, leak_exiting};
  for (int i = 0; i < 4; ++i) {
    ways[i](&workers[2 * i]);
    pthread_t joined = ways[i](&workers[2 * i + 1]);
    until_gone(&workers[2 * i]);
    until_gone(&workers[2 * i + 1]);
    CHECK(ways[i] == leak_thrd ? thrd_join(joined, NULL) == thrd_success : pthread_join(joined, NULL) == 0);
  }
}
