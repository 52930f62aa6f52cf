// A program that runs as its owner takes no preloaded library: named as not watched.
// hooks: execv waitpid
// needs: root
// processes: 1
// unwatched: changes-user setuid or setgid
// expect: open-at-end file 1 in leak_it
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "children.h"

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY | O_CLOEXEC); }

// Out of sight of the hooks: what the program copies is not what the case is about.
static void copy(const char* from, const char* to) {
  static char text[65536];
  int in = raw_open(from, O_RDONLY), out = raw_open(to, O_WRONLY | O_CREAT);
  CHECK(in >= 0 && out >= 0);
  for (long n; (n = raw_syscall(SYS_read, in, (long)text, sizeof text, 0)) > 0;)
    CHECK(raw_syscall(SYS_write, out, (long)text, n, 0) == n);
  raw_close(in);
  raw_close(out);
}

void victim(void) {
  char* arguments[] = {(char*)"name", NULL};
  struct statvfs here;
  int status;
  CHECK(statvfs(".", &here) == 0);
  if (here.f_flag & (ST_NOSUID | ST_NOEXEC)) skip("no programs that change user here");
  CHECK(leak_it() > 2);
  copy("/bin/true", "changes-user");
  CHECK(chown("changes-user", 65534, 65534) == 0 && chmod("changes-user", 04755) == 0);
  pid_t child = fork();
  if (child == 0) {
    execv("./changes-user", arguments);
    raw_exit(98);
  }
  CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
}
