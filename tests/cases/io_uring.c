// An io_uring, made through syscall().
// hooks: syscall
// expect: open-at-end event 1 in leak_ring detail *io_uring*
#include <linux/io_uring.h>

#include "victim.h"

SITE static int leak_ring(void) {
  struct io_uring_params how = {0};
  return (int)syscall(SYS_io_uring_setup, 4, &how);
}

void victim(void) {
  int fd = leak_ring();
  if (fd < 0) skip("no io_uring here");
  CHECK(close(leak_ring()) == 0);
}
