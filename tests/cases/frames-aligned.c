// A function that realigns its stack keeps its caller in an expression, not in a rule.
// hooks: open
// expect: open-at-end file 1 in leak_it stack leak_it,aligned,victim
#include "victim.h"

static volatile char sink;

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int aligned(void) {
  volatile char room[256] __attribute__((aligned(128)));
  room[3] = 1;
  CHECK(((uintptr_t)room & 127) == 0);
  int fd = leak_it();
  sink = room[3];
  return fd;
}

void victim(void) { CHECK(aligned() > 2); }
