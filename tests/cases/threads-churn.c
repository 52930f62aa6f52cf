// Threads that take each other's numbers all the time: no close of one is taken for a second close of another's.
// hooks: open close dup2 socket pipe eventfd
// expect-nothing
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "victim.h"

static void* churning(void* number) {
  int wanted = 200 + (int)(long)number, ends[2];
  for (int i = 0; i < 3000; ++i) {
    int a = open(PLAIN_FILE, O_RDONLY), b = socket(AF_UNIX, SOCK_STREAM, 0), c = eventfd(0, 0);
    CHECK(a > 2 && b > 2 && c > 2 && pipe(ends) == 0);
    CHECK(dup2(a, wanted) == wanted && dup2(b, wanted) == wanted && close(wanted) == 0);
    CHECK(close(b) == 0 && close(a) == 0 && close(ends[0]) == 0 && close(c) == 0 && close(ends[1]) == 0);
  }
  return NULL;
}

void victim(void) {
  pthread_t ids[4];
  for (long i = 0; i < 4; ++i) CHECK(pthread_create(&ids[i], NULL, churning, (void*)i) == 0);
  for (int i = 0; i < 4; ++i) CHECK(pthread_join(ids[i], NULL) == 0);
}
