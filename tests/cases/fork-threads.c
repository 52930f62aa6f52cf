// A fork while other threads open and close: the child's calls work, and are its own.
// hooks: open close
// expect: open-at-end file 20 in childs_leak processes 20
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "victim.h"

static atomic_int stop, rounds;

SITE static int childs_leak(void) { return open(PLAIN_FILE, O_RDONLY); }
static void* busy(void* unused) {
  while (!stop) {
    CHECK(close(open(PLAIN_FILE, O_RDONLY)) == 0);
    ++rounds;
  }
  return unused;
}

void victim(void) {
  pthread_t ids[2];
  for (int i = 0; i < 2; ++i) CHECK(pthread_create(&ids[i], NULL, busy, NULL) == 0);
  while (rounds < 10) usleep(100);
  for (int i = 0; i < 20; ++i) {
    int status;
    pid_t child = fork();
    if (child == 0) {
      CHECK(childs_leak() > 2);
      for (int k = 0; k < 20; ++k) CHECK(close(open(PLAIN_FILE, O_RDONLY)) == 0);
      _exit(0);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
  }
  stop = 1;
  for (int i = 0; i < 2; ++i) CHECK(pthread_join(ids[i], NULL) == 0);
}
