// Pseudo terminals.
// hooks: posix_openpt getpt openpty
// expect: open-at-end pty 1 in leak_openpt detail *ptmx*
// expect: open-at-end pty 1 in leak_getpt detail *ptmx*
// expect: open-at-end pty 2 in leak_pair
#include <pty.h>

#include "victim.h"

SITE static int leak_openpt(void) { return posix_openpt(O_RDWR | O_NOCTTY); }
SITE static int leak_getpt(void) { return getpt(); }
SITE static int leak_pair(int* master, int* slave) { return openpty(master, slave, NULL, NULL, NULL); }

void victim(void) {
  int a, b, c, d;
  leaked_once(leak_openpt);
  leaked_once(leak_getpt);
  CHECK(leak_pair(&a, &b) == 0 && leak_pair(&c, &d) == 0 && close(c) == 0 && close(d) == 0);
}
