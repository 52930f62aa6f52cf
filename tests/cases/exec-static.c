// A program that the library cannot be loaded into is named as such, and finds its environment as it was given.
// hooks: execv posix_spawn waitpid
// program static-program: -static
// processes: 1
// unwatched: static-program statically linked
// unwatched: static-program statically linked
// expect: open-at-end file 1 in leak_it
#include <spawn.h>

#include "children.h"

extern char** environ;

#ifdef PROGRAM
int main(int count, char** arguments) {
  for (int i = 1; i < count; ++i) printf("argument <%s>\n", arguments[i]);
  for (char** entry = environ; *entry; ++entry)
    if (strncmp(*entry, "LD_PRELOAD=", 11) != 0 && strncmp(*entry, "LIFEGUARD_OPTIONS=", 18) != 0)
      printf("environment <%s>\n", *entry);
  return 5;
}
#else
SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY | O_CLOEXEC); }

void victim(void) {
  char* arguments[] = {(char*)"name", (char*)"argument", NULL};
  int status;
  CHECK(leak_it() > 2);
  pid_t child = fork();
  if (child == 0) {
    execv(PLUGINS "/static-program", arguments);
    raw_exit(98);
  }
  CHECK(child > 0 && waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 5);
  CHECK(posix_spawn(&child, PLUGINS "/static-program", NULL, NULL, arguments, environ) == 0);
  CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 5);
}
#endif
