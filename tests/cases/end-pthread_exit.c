// main's thread ends before another: the process ends when that one does, with status 0.
// hooks: open
// forms: main
// expect: open-at-end file 1 in leak_it thread other
// allow: running
#include <pthread.h>

#include "victim.h"

static pthread_t first;

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }
static void* last(void* unused) {
  CHECK(pthread_join(first, NULL) == 0 && leak_it() > 2);
  return unused;
}

void victim(void) {
  pthread_t id;
  first = pthread_self();
  CHECK(pthread_create(&id, NULL, last, NULL) == 0);
  pthread_exit(NULL);
}
