// What slips into the programs that a process starts, by every way to start one, with the function that opened it.
// hooks: fork vfork execl posix_spawn posix_spawnp waitpid open
// variant vfork: -DWAY=1
// variant spawn: -DWAY=2
// variant spawnp: -DWAY=3
// expect: open-at-end file 1 in leak_in_child detail /etc/group processes 1
// expect: open-at-end file 1 in leak_passed detail /etc/passwd processes 1
// expect: passed-on file 1 in leak_passed detail /etc/passwd processes 1
// processes: 2
#include <spawn.h>

#include "again.h"

#ifndef WAY
#define WAY 0
#endif

SITE static int leak_passed(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int leak_in_child(void) { return open("/etc/group", O_RDONLY); }

SITE static pid_t start(void) {
  char* arguments[] = {self, (char*)"argument", NULL};
  pid_t pid = -1;
#if WAY == 0 || WAY == 1
#if WAY
  pid = vfork();
#else
  pid = fork();
#endif
  if (pid == 0) {
    execl(self, self, "argument", NULL);
    raw_exit(98);
  }
  (void)arguments;
#elif WAY == 2
  CHECK(posix_spawn(&pid, self, NULL, NULL, arguments, environ) == 0);
#else
  CHECK(posix_spawnp(&pid, self_name, NULL, NULL, arguments, environ) == 0);
#endif
  return pid;
}

void victim(void) {
  int status;
  if (step()) {
    print_given();
    CHECK(leak_in_child() > 2);
    return;
  }
  next_step(1);
  CHECK(setenv("PATH", self_folder, 1) == 0 && leak_passed() > 2);
  pid_t child = start();
  CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
}
