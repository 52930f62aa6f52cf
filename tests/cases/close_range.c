// close_range closes what lies between, by both of its names; with CLOSE_RANGE_CLOEXEC it closes nothing at all.
// hooks: close_range syscall
// expect: open-at-end file 2 in leak_marked detail /etc/passwd
// expect: open-at-end file 1 in leak_outside detail /etc/passwd
#include <linux/close_range.h>

#include "victim.h"

SITE static int leak_marked(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int leak_outside(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int swept(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  int marked[2];
  for (volatile int i = 0; i < 2; ++i) marked[i] = leak_marked();
  int first = marked[0], second = marked[1];
  CHECK(first > 2 && second > 2 && leak_outside() > 2);
  CHECK(close_range((unsigned)first, (unsigned)second, CLOSE_RANGE_CLOEXEC) == 0);
  CHECK(is_open(first) && fcntl(first, F_GETFD) == FD_CLOEXEC && fcntl(second, F_GETFD) == FD_CLOEXEC);
  int a = swept(), b = swept(), c = swept();
  CHECK(a > second && b == a + 1 && c == b + 1);
  CHECK(close_range((unsigned)a, (unsigned)c, 0) == 0 && !is_open(a) && !is_open(b) && !is_open(c));
  a = swept();
  CHECK(syscall(SYS_close_range, a, ~0u, 0) == 0 && !is_open(a) && is_open(first));
  CHECK(close_range(9, 8, 0) == -1 && errno == EINVAL && is_open(first));
}
