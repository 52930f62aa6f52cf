// A detached thread that sits in a call while the process ends changes nothing about what is reported.
// hooks: open
// allow: running
// expect: open-at-end file 1 in leak_it
// expect: open-at-end pipe 2 in make_pipe
#include <pthread.h>

#include "victim.h"

static int ends[2], started[2];

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int make_pipe(int pair[2]) { return pipe(pair); }
static void* reader(void* unused) {
  char byte;
  CHECK(write(started[1], "x", 1) == 1);
  CHECK(read(ends[0], &byte, 1) == 1);
  return unused;
}

void victim(void) {
  pthread_t id;
  char byte;
  CHECK(make_pipe(ends) == 0 && pipe(started) == 0 && leak_it() > 2);
  CHECK(pthread_create(&id, NULL, reader, NULL) == 0 && pthread_detach(id) == 0);
  CHECK(read(started[0], &byte, 1) == 1 && close(started[0]) == 0 && close(started[1]) == 0);
}
