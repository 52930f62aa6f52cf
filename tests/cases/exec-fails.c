// An exec that fails changes nothing: neither the records nor the environment, and the process goes on.
// hooks: execve execvp execv execlp fexecve open close
// process: FORM 1 exit status 0
// expect: open-at-end file 1 in leak_before
// expect: open-at-end file 1 in leak_after
#include "again.h"

SITE static int leak_before(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int leak_after(void) { return open("/etc/group", O_RDONLY); }

void victim(void) {
  char* arguments[] = {(char*)"name", NULL};
  static char* many[300000];
  find_self();
  leaked_once(leak_before);
  char** list = environ;
  char* first = environ[0];
  CHECK(execv("/nowhere/at/all", arguments) == -1 && errno == ENOENT);
  CHECK(execve("/etc", arguments, environ) == -1 && errno == EACCES);
  CHECK(execve(PLAIN_FILE, arguments, environ) == -1 && errno == EACCES);
  CHECK(execvp("no-program-of-this-name", arguments) == -1 && errno == ENOENT);
  CHECK(execlp("no-program-of-this-name", "a", "b", NULL) == -1 && errno == ENOENT);
  CHECK(fexecve(9999, arguments, environ) == -1 && errno == EBADF);
  for (int i = 0; i < 299999; ++i) many[i] = (char*)"a word of some length, so that all of them are too many";
  CHECK(execv(self, many) == -1 && errno == E2BIG);
  pid_t child = vfork();
  if (child == 0) {
    execv("/nowhere/at/all", arguments);
    raw_exit(errno == ENOENT ? 0 : 1);
  }
  int status = raw_syscall(SYS_wait4, child, 0, 0, 0) == child ? 0 : 1;
  CHECK(child > 0 && status == 0);
  CHECK(environ == list && environ[0] == first);
  print_given();
  leaked_once(leak_after);
}
