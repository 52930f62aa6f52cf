// A loop over numbers upwards closes what is open and what is not: a daemon's habit, and no mistake.
// hooks: close
// expect-nothing
#include "victim.h"

SITE static void sweep(void) {
  for (int fd = 3; fd < 64; ++fd) close(fd);
}

void victim(void) {
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 10; ++i) CHECK(open(PLAIN_FILE, O_RDONLY) > 2);
    sweep();
    sweep();
    CHECK(!is_open(3) && !is_open(12));
  }
}
