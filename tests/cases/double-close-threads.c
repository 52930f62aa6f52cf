// Closed first by one thread and again by another.
// hooks: close
// expect: double-close socket 1 in second_close closed_first first_close created make_it
#include <pthread.h>
#include <sys/socket.h>

#include "victim.h"

static int fd;

SITE static int make_it(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }
SITE static void* first_close(void* unused) {
  CHECK(close(fd) == 0);
  return unused;
}
SITE static void* second_close(void* unused) {
  CHECK(close(fd) == -1 && errno == EBADF);
  return unused;
}

void victim(void) {
  pthread_t thread;
  CHECK((fd = make_it()) > 2);
  CHECK(pthread_create(&thread, NULL, first_close, NULL) == 0 && pthread_join(thread, NULL) == 0);
  CHECK(pthread_create(&thread, NULL, second_close, NULL) == 0 && pthread_join(thread, NULL) == 0);
}
