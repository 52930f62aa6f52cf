// A process that ends while its threads open and close without pause ends at once and with its status. What they open
// once the record has ended was seen by no hook: it may be told as such.
// hooks: open close
// status: 3
// allow: running
// allow: open-at-end socket
// allow: unseen socket
// expect: open-at-end file 1 in leak_it
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "victim.h"

static atomic_int rounds;

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }
static void* busy(void* unused) {
  for (;; ++rounds) close(socket(AF_UNIX, SOCK_STREAM, 0));
  return unused;
}

void victim(void) {
  for (int i = 0; i < 3; ++i) {
    pthread_t id;
    CHECK(pthread_create(&id, NULL, busy, NULL) == 0 && pthread_detach(id) == 0);
  }
  CHECK(leak_it() > 2);
  while (rounds < 1000) usleep(100);
  exit(3);
}
