// Threads that start programs at the same time do not get in each other's way.
// hooks: posix_spawn waitpid
// forms: main
// runs: any
// ledger: any
// expect-nothing
#include <pthread.h>
#include <spawn.h>
#include <sys/wait.h>

#include "victim.h"

static void* start_some(void* unused) {
  for (int i = 0; i < 25; ++i) {
    char* arguments[] = {(char*)"true", NULL};
    pid_t child;
    int status;
    CHECK(posix_spawn(&child, "/bin/true", NULL, NULL, arguments, environ) == 0);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
  }
  return unused;
}

void victim(void) {
  pthread_t threads[6];
  for (int i = 0; i < 6; ++i) CHECK(pthread_create(&threads[i], NULL, start_some, NULL) == 0);
  for (int i = 0; i < 6; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
}
