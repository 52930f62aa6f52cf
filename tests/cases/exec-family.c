// Becoming another program, by the whole family: the next image belongs to the same run and has records of its own, it
// is given the arguments and the environment that it would have been given, and what slips into it is said.
// hooks: execve execv execvp execvpe execl execlp execle fexecve execveat syscall open
// variant execv: -DWAY=1
// variant execvp: -DWAY=2
// variant execvpe: -DWAY=3
// variant execl: -DWAY=4
// variant execlp: -DWAY=5
// variant execle: -DWAY=6
// variant fexecve: -DWAY=7
// variant execveat: -DWAY=8
// variant syscall: -DWAY=9
// variant syscall_at: -DWAY=10
// end: exec
// process: FORM 1 exec
// process: FORM 2 exit status 0
// expect: open-at-end file 1 in leak_after detail /etc/group image 2
// expect: passed-on file 1 in leak_passed detail /etc/passwd processes 1
#include "again.h"

#ifndef WAY
#define WAY 0
#endif

SITE static int leak_closed(void) { return open(PLAIN_FILE, O_RDONLY | O_CLOEXEC); }
SITE static int leak_passed(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int leak_after(void) { return open("/etc/group", O_RDONLY); }

void victim(void) {
  if (step()) {
    print_given();
    CHECK(leak_after() > 2);
    return;
  }
  next_step(1);
  CHECK(leak_closed() > 2 && leak_passed() > 2);
  char path[8192];
  snprintf(path, sizeof path, "%s:/nowhere", self_folder);
  CHECK(setenv("PATH", path, 1) == 0);
  char* arguments[] = {(char*)"a name", (char*)"one two", (char*)"", (char*)"three", NULL};
  char* environment[] = {(char*)"STEP=1", (char*)"OTHER=a=b c", (char*)"EMPTY=", NULL, NULL, NULL};
  int at = 3;
  for (char** entry = environ; *entry; ++entry)
    if (at < 5 && (strncmp(*entry, "LD_PRELOAD=", 11) == 0 || strncmp(*entry, "LIFEGUARD_OPTIONS=", 18) == 0))
      environment[at++] = *entry;
  int fd = open(self, O_RDONLY | O_CLOEXEC);
  switch (WAY) {
    case 0: execve(self, arguments, environment); break;
    case 1: execv(self, arguments); break;
    case 2: execvp(self_name, arguments); break;
    case 3: execvpe(self_name, arguments, environment); break;
    case 4: execl(self, "a name", "one two", "", "three", NULL); break;
    case 5: execlp(self_name, "a name", "one two", "", "three", NULL); break;
    case 6: execle(self, "a name", "one two", "", "three", NULL, environment); break;
    case 7: fexecve(fd, arguments, environment); break;
    case 8: execveat(fd, "", arguments, environment, AT_EMPTY_PATH); break;
    case 9: syscall(SYS_execve, self, arguments, environment); break;
    case 10: syscall(SYS_execveat, fd, "", arguments, environment, AT_EMPTY_PATH); break;
  }
  CHECK(!"became another program");
}
