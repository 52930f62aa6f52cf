// A program that gives back all it took hears nothing, whatever the ways in and out were.
// hooks: open open64 openat openat64 creat close __close
// expect-nothing
#include "victim.h"

int other_close(int fd) __asm__("__close");

void victim(void) {
  for (int i = 0; i < 100; ++i) {
    int a = open(PLAIN_FILE, O_RDONLY), b = open64(PLAIN_FILE, O_RDONLY), c = openat(AT_FDCWD, PLAIN_FILE, O_RDONLY);
    int d = openat64(AT_FDCWD, PLAIN_FILE, O_RDONLY), e = creat("made", 0600);
    CHECK(a > 2 && b > 2 && c > 2 && d > 2 && e > 2);
    CHECK(close(a) == 0 && other_close(b) == 0 && close(c) == 0 && other_close(d) == 0 && close(e) == 0);
  }
}
