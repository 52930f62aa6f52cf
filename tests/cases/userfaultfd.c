// A userfaultfd, made through syscall().
// hooks: syscall
// expect: open-at-end event 1 in leak_faults detail *userfaultfd*
#include "victim.h"

SITE static int leak_faults(void) { return (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK); }

void victim(void) {
  int fd = leak_faults();
  if (fd < 0) skip("no userfaultfd here");
  CHECK(close(leak_faults()) == 0);
}
