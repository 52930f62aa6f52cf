// Sweeps by close_range and closefrom over numbers that were closed before.
// hooks: close_range closefrom close
// expect-nothing
#include "victim.h"

void victim(void) {
  int first = open(PLAIN_FILE, O_RDONLY);
  for (int i = 0; i < 10; ++i) CHECK(open(PLAIN_FILE, O_RDONLY) > 2);
  for (int i = 0; i < 10; i += 2) CHECK(close(first + i) == 0);
  CHECK(close_range((unsigned)first, (unsigned)first + 20, 0) == 0);
  CHECK(close_range((unsigned)first, (unsigned)first + 20, 0) == 0);
  closefrom(first);
  CHECK(syscall(SYS_close_range, first, ~0u, 0) == 0);
}
