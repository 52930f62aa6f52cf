// Children that have ended and that nobody waited for, by every way to make one: each way makes two, of which one is
// waited for.
// hooks: fork vfork _Fork clone posix_spawn posix_spawnp waitpid
// processes: 1
// expect: zombie process 1 in leak_fork
// expect: zombie process 1 in leak_vfork
// expect: zombie process 1 in leak__Fork
// expect: zombie process 1 in leak_clone
// expect: zombie process 1 in leak_clone_sharing
// expect: zombie process 1 in leak_spawn detail *true*
// expect: zombie process 1 in leak_spawnp detail *true*
#include <sched.h>
#include <spawn.h>

#include "children.h"

extern char** environ;

static char stack[65536] __attribute__((aligned(16)));
static char* arguments[] = {(char*)"true", NULL};

static int run(void* unused) {
  (void)unused;
  return 0;
}

SITE static pid_t leak_fork(void) {
  pid_t pid = fork();
  if (pid == 0) raw_exit(0);
  return pid;
}
SITE static pid_t leak_vfork(void) {
  pid_t pid = vfork();
  if (pid == 0) raw_exit(0);
  return pid;
}
SITE static pid_t leak__Fork(void) {
  pid_t pid = _Fork();
  if (pid == 0) raw_exit(0);
  return pid;
}
SITE static pid_t leak_clone(void) { return clone(run, stack + sizeof stack, SIGCHLD, NULL); }
SITE static pid_t leak_clone_sharing(void) {
  return clone(run, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
}
SITE static pid_t leak_spawn(void) {
  pid_t pid;
  return posix_spawn(&pid, "/bin/true", NULL, NULL, arguments, environ) == 0 ? pid : -1;
}
SITE static pid_t leak_spawnp(void) {
  pid_t pid;
  return posix_spawnp(&pid, "true", NULL, NULL, arguments, environ) == 0 ? pid : -1;
}

void victim(void) {
  pid_t (*ways[])(void) = {leak_fork,          leak_vfork, leak__Fork, leak_clone,
                           leak_clone_sharing, leak_spawn, leak_spawnp};
  for (unsigned i = 0; i < sizeof ways / sizeof *ways; ++i) {
    int status;
    pid_t kept = ways[i](), waited = ways[i]();
    CHECK(kept > 0 && waited > 0 && waitpid(waited, &status, 0) == waited && status == 0);
    UNTIL(has_ended(kept));
  }
  until_old();
}
