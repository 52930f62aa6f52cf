// Threads with the smallest stack there may be call hooks, with new stacks and with known ones, and do not run over.
// hooks: open
// expect: open-at-end file 4 in leak_it
#include <limits.h>
#include <pthread.h>

#include "victim.h"

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static void* small(void* unused) {
  int fd = leak_it();
  return fd > 2 ? unused : (void*)1;
}

void victim(void) {
  pthread_attr_t attributes;
  CHECK(pthread_attr_init(&attributes) == 0);
  CHECK(pthread_attr_setstacksize(&attributes, (size_t)sysconf(_SC_THREAD_STACK_MIN)) == 0);
  for (int i = 0; i < 4; ++i) {
    pthread_t id;
    void* result;
    CHECK(pthread_create(&id, &attributes, small, NULL) == 0);
    CHECK(pthread_join(id, &result) == 0 && result == NULL);
  }
}
