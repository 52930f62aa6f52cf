// A spawned program closes and opens on its own account.
// hooks: open
// allow: passed-on
// expect: open-at-end file 1 in parents_leak processes 1
#include <spawn.h>
#include <sys/wait.h>

#include "victim.h"

extern char** environ;

SITE static int parents_leak(void) { return open(PLAIN_FILE, O_RDONLY | O_CLOEXEC); }

void victim(void) {
  int status, fd = parents_leak();
  pid_t child;
  posix_spawn_file_actions_t actions;
  char* arguments[] = {(char*)"sh", (char*)"-c", (char*)"echo of the child; exit 3", NULL};
  CHECK(posix_spawn_file_actions_init(&actions) == 0 && posix_spawn_file_actions_addclose(&actions, fd) == 0);
  CHECK(posix_spawn_file_actions_addopen(&actions, 60, PLAIN_FILE, O_RDONLY | O_CLOEXEC, 0) == 0);
  CHECK(posix_spawn(&child, "/bin/sh", &actions, NULL, arguments, environ) == 0);
  CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 3 && is_open(fd));
  CHECK(system("exit 2") == 2 << 8);
}
