// openat2 has no wrapper in libc: programs call it through syscall().
// hooks: syscall
// expect: open-at-end file 1 in leak_openat2 detail /etc/passwd
#include <linux/openat2.h>

#include "victim.h"

SITE static int leak_openat2(void) {
  struct open_how how = {.flags = O_RDONLY};
  return (int)syscall(SYS_openat2, AT_FDCWD, PLAIN_FILE, &how, sizeof how);
}

void victim(void) {
  if (syscall(SYS_openat2, AT_FDCWD, "/", NULL, 0) < 0 && errno == ENOSYS) skip("no openat2");
  leaked_once(leak_openat2);
}
