// A child that is killed after many that ended well, whose ledger it took over, leaves its record as any other does; and
// one that becomes another program, or has a child itself, passes on what it holds under its own name.
// hooks: fork open close waitpid execl
// options: keep=findings
// end: vanished
// expect: open-at-end file 1 in leak_before_kill severity warning state "live when killed"
// expect: open-at-end file 1 in leak_at_exit state live
// expect: open-at-end file 1 in leak_in_grandchild state live
// expect: passed-on file 1 in pass_on image 2
#include "children.h"

SITE static int leak_before_kill(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int leak_in_grandchild(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int pass_on(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int leak_at_exit(void) { return open(PLAIN_FILE, O_RDWR); }

void victim(void) {
  for (int i = 0; i < 24; ++i) {
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
      int fd = open(PLAIN_FILE, O_RDONLY | O_CLOEXEC);
      CHECK(fd > 2 && close(fd) == 0);
      if (i == 20) {
        CHECK(leak_before_kill() > 2);
        raw_syscall(SYS_kill, raw_syscall(SYS_getpid, 0, 0, 0, 0), SIGKILL, 0, 0);
      }
      if (i == 21) CHECK(leak_at_exit() > 2);
      if (i == 22) CHECK(pass_on() > 2 && execl("/bin/true", "true", NULL) == 0);
      if (i == 23) {
        pid_t grandchild = fork();
        CHECK(grandchild >= 0);
        if (grandchild == 0) CHECK(leak_in_grandchild() > 2);
        if (grandchild > 0) CHECK(waitpid(grandchild, NULL, 0) == grandchild);
      }
      _exit(0);
    }
    CHECK(waitpid(pid, NULL, 0) == pid);
  }
}
