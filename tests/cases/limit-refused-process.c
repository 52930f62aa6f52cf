// The system refuses another process or thread (EAGAIN): said once, with those there are.
// Where the program has threads there is no helper either, who could write a file: then it is said to descriptor 2 alone.
// hooks: fork vfork pthread_create posix_spawn setrlimit
// variant vfork: -DWAY=1
// variant spawn: -DWAY=2
// variant thread: -DWAY=3
// options: report=said
// needs: root
// forms: main constructor
// ledger: any
// deadline: 20
#include <pthread.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "children.h"
#include "said.h"

#ifndef WAY
#define WAY 0
#endif

extern char** environ;

SITE static pid_t take_child(void) {
  pid_t child = fork();
  if (child == 0)
    for (;;) pause();
  return child;
}
static void* nothing(void* unused) { return unused; }

static int refused(void) {
  pthread_t thread;
  pid_t child;
  char* arguments[] = {(char*)"true", NULL};
  switch (WAY) {
    case 0: return fork() < 0 ? errno : 0;
    case 1: child = vfork(); if (child == 0) raw_exit(0); return child < 0 ? errno : 0;
    case 2: return posix_spawn(&child, "/bin/true", NULL, NULL, arguments, environ);
    default: return pthread_create(&thread, NULL, nothing, NULL);
  }
}

void victim(void) {
  int for_anybody = raw_open("said", O_WRONLY | O_CREAT);
  CHECK(for_anybody >= 0 && fchmod(for_anybody, 0666) == 0);
  raw_close(for_anybody);
  uid_t user = 1000000 + (uid_t)getpid();
  CHECK(setresuid(user, user, user) == 0);
  struct rlimit limit = {5, 5};
  CHECK(setrlimit(RLIMIT_NPROC, &limit) == 0);
  pid_t children[6];
  int count = 0;
  children[count++] = take_child();
  children[count++] = take_child();
  CHECK(children[1] > 0);
  for (pid_t unseen; count < 6 && (unseen = (pid_t)raw_syscall(SYS_fork, 0, 0, 0, 0)) >= 0; children[count++] = unseen)
    if (unseen == 0)
      for (;;) pause();
  CHECK(count < 6);
  CHECK_SAID("EAGAIN", 0);
  for (int i = 0; i < 3; ++i) CHECK(refused() == EAGAIN);
  CHECK_SAID("was refused another process or thread (EAGAIN) and has 2 processes and ", 1);
  CHECK_SAID("\n  1 process acquired in take_child (", 2);
  while (count--) {
    kill(children[count], SIGKILL);
    CHECK(waitpid(children[count], NULL, 0) == children[count]);
  }
}
