// A duplicate is a resource of its own, of the kind of what it is a duplicate of.
// hooks: dup dup2 dup3 __dup2 fcntl fcntl64 __fcntl
// variant large: -D_FILE_OFFSET_BITS=64
// expect: open-at-end file 1 in leak_dup detail */etc/passwd*
// expect: open-at-end file 1 in leak_dup2
// expect: open-at-end file 1 in leak_dup3
// expect: open-at-end file 1 in leak_other_dup2
// expect: open-at-end file 1 in leak_fcntl
// expect: open-at-end file 1 in leak_fcntl_cloexec
// expect: open-at-end file 1 in leak_fcntl64
// expect: open-at-end file 1 in leak_other_fcntl
#include "victim.h"

int other_dup2(int from, int to) __asm__("__dup2");
int other_fcntl(int fd, int command, ...) __asm__("__fcntl");
int plain_fcntl(int fd, int command, ...) __asm__("fcntl");
int large_fcntl(int fd, int command, ...) __asm__("fcntl64");

static int file;

SITE static int leak_dup(void) { return dup(file); }
SITE static int leak_dup2(void) { return dup2(file, 100); }
SITE static int leak_dup3(void) { return dup3(file, 101, O_CLOEXEC); }
SITE static int leak_other_dup2(void) { return other_dup2(file, 102); }
SITE static int leak_fcntl(void) { return plain_fcntl(file, F_DUPFD, 200); }
SITE static int leak_fcntl_cloexec(void) { return fcntl(file, F_DUPFD_CLOEXEC, 300); }
SITE static int leak_fcntl64(void) { return large_fcntl(file, F_DUPFD, 400); }
SITE static int leak_other_fcntl(void) { return other_fcntl(file, F_DUPFD_CLOEXEC, 500); }

void victim(void) {
  CHECK((file = open(PLAIN_FILE, O_RDONLY)) > 2);
  leaked_once(leak_dup);
  CHECK(leak_dup2() == 100 && leak_dup3() == 101 && leak_other_dup2() == 102);
  leaked_once(leak_fcntl);
  CHECK(leaked_once(leak_fcntl_cloexec) >= 300);
  leaked_once(leak_fcntl64);
  leaked_once(leak_other_fcntl);
  CHECK(fcntl(file, F_GETFD) == 0 && fcntl(file, F_SETFD, FD_CLOEXEC) == 0 && fcntl(file, F_GETFD) == FD_CLOEXEC);
  CHECK(close(file) == 0);
}
