// Children, AT_ONCE at a time, that each open, lock in, and end: series ROUNDS AT_ONCE WHAT
//   WHAT  quiet: every one closes what it opened; leaks: every fifth leaves one; killed: every seventh is killed with one
//         open; families: every third has a child of its own that leaves one
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SITE __attribute__((noinline, noclone))

SITE static int passing(void) { return open("/dev/null", O_RDONLY | O_CLOEXEC); }
SITE static int left_by_child(void) { return open("/dev/zero", O_RDONLY | O_CLOEXEC); }
SITE static int left_by_killed(void) { return open("/dev/full", O_RDONLY | O_CLOEXEC); }
SITE static int left_by_grandchild(void) { return open("/dev/urandom", O_RDONLY | O_CLOEXEC); }

static void child(int round, const char* what) {
  int fd = passing();
  if (strcmp(what, "leaks") == 0 && round % 5 == 0) left_by_child();
  if (strcmp(what, "killed") == 0 && round % 7 == 0) {
    left_by_killed();
    kill(getpid(), SIGKILL);
  }
  if (strcmp(what, "families") == 0 && round % 3 == 0) {
    pid_t pid = fork();
    if (pid == 0) {
      left_by_grandchild();
      _exit(0);
    }
    if (pid < 0 || waitpid(pid, 0, 0) != pid) _exit(3);
  }
  if (fd < 0 || close(fd) != 0) _exit(2);
  _exit(0);
}

int main(int count, char** arguments) {
  if (count != 4) return 2;
  int rounds = atoi(arguments[1]), at_once = atoi(arguments[2]);
  for (int round = 1; round <= rounds; round += at_once) {
    for (int i = 0; i < at_once; ++i) {
      pid_t pid = fork();
      if (pid == 0) child(round + i, arguments[3]);
      if (pid < 0) return 3;
    }
    for (int i = 0; i < at_once; ++i) {
      int status;
      if (wait(&status) < 0 || (status != 0 && !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL))) return 4;
    }
  }
  return 0;
}
