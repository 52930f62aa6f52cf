// Files opened and closed through syscall().
// hooks: syscall
// expect: open-at-end file 1 in leak_open detail /etc/passwd
// expect: open-at-end file 1 in leak_openat detail /etc/passwd
// expect: open-at-end file 1 in leak_creat detail *made
#include "victim.h"

SITE static int leak_open(void) { return (int)syscall(SYS_open, PLAIN_FILE, O_RDONLY); }
SITE static int leak_openat(void) { return (int)syscall(SYS_openat, AT_FDCWD, PLAIN_FILE, O_RDONLY); }
SITE static int leak_creat(void) { return (int)syscall(SYS_creat, "made", 0600); }

void victim(void) {
  leaked_once(leak_open);
  leaked_once(leak_openat);
  leaked_once(leak_creat);
  for (int i = 0; i < 10; ++i) CHECK(syscall(SYS_close, leak_open()) == 0);
  CHECK(syscall(SYS_getpid) == getpid());
  CHECK(syscall(SYS_close, -1) == -1 && errno == EBADF);
}
