// Frames of odd sizes and without frame pointers, as optimised programs have them.
// hooks: open
// flags: -O2 -fomit-frame-pointer
// expect: open-at-end file 1 in leak_it stack leak_it,with_array,with_alloca,with_many,victim
#include <alloca.h>

#include "victim.h"

static volatile int size = 1000;
static volatile char sink;

SITE static int leak_it(void) {
  int fd = open(PLAIN_FILE, O_RDONLY);
  sink = (char)fd;
  return fd;
}
SITE static int with_array(void) {
  volatile char room[3000];
  room[size] = 1;
  int fd = leak_it();
  sink = room[size];
  return fd;
}
SITE static int with_alloca(void) {
  volatile char* room = alloca((size_t)size);
  room[0] = 1;
  int fd = with_array();
  sink = room[0];
  return fd;
}
SITE static int with_many(int a, int b, int c, int d, int e, int f, int g, int h) {
  int fd = with_alloca();
  sink = (char)(a + b + c + d + e + f + g + h);
  return fd;
}

void victim(void) { CHECK(with_many(1, 2, 3, 4, 5, 6, 7, size) > 2); }
