// A thread cancelled inside a hooked call is gone from it: nothing is held afterwards that others wait for.
// hooks: open accept close
// expect: open-at-end file 5 in leak_after
#include <pthread.h>

#include "internet.h"

static int listener, started[2];

SITE static int leak_after(void) { return open(PLAIN_FILE, O_RDONLY); }
static void* waiting(void* unused) {
  CHECK(write(started[1], "x", 1) == 1);
  accept(listener, NULL, NULL);
  return unused;
}

void victim(void) {
  struct sockaddr_in address;
  listener = listening(&address);
  CHECK(pipe(started) == 0);
  for (int i = 0; i < 5; ++i) {
    pthread_t id;
    void* result;
    char byte;
    CHECK(pthread_create(&id, NULL, waiting, NULL) == 0 && read(started[0], &byte, 1) == 1);
    CHECK(pthread_cancel(id) == 0 && pthread_join(id, &result) == 0 && result == PTHREAD_CANCELED);
    CHECK(leak_after() > 2);
  }
  CHECK(close(listener) == 0 && close(started[0]) == 0 && close(started[1]) == 0);
}
