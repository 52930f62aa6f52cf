// A child is waited for by whoever it is: another thread, a handler, a system call that no hook sees.
// hooks: fork waitpid
// processes: 1
// expect-nothing
#include <pthread.h>

#include "children.h"

static volatile pid_t reaped;

SITE static pid_t make(void) {
  pid_t pid = fork();
  if (pid == 0) raw_exit(0);
  CHECK(pid > 0);
  return pid;
}
static void* reaper(void* child) {
  pid_t pid = *(pid_t*)child;
  CHECK(waitpid(pid, NULL, 0) == pid);
  return NULL;
}
static void handler(int number) {
  (void)number;
  int saved = errno;
  for (pid_t pid; (pid = waitpid(-1, NULL, WNOHANG)) > 0;) reaped = pid;
  errno = saved;
}

void victim(void) {
  pthread_t thread;
  pid_t pid = make();
  CHECK(pthread_create(&thread, NULL, reaper, &pid) == 0 && pthread_join(thread, NULL) == 0);
  pid = make();
  CHECK(raw_wait(pid) == pid);
  CHECK(signal(SIGCHLD, handler) != SIG_ERR);
  pid = make();
  UNTIL(reaped == pid);
  until_old();
}
