// freopen gives one descriptor back and takes another, mostly of the same number.
// hooks: freopen freopen64
// expect: open-at-end file 1 in turn_to detail /etc/group
// expect: open-at-end file 1 in turn_to64 detail /etc/group
#include "victim.h"

SITE static FILE* make(void) { return fopen(PLAIN_FILE, "r"); }
SITE static FILE* turn_to(FILE* file) { return freopen("/etc/group", "r", file); }
SITE static FILE* turn_to64(FILE* file) { return freopen64("/etc/group", "r", file); }

void victim(void) {
  FILE *a = make(), *b = make(), *c = make();
  CHECK(turn_to(a) == a && turn_to64(b) == b && turn_to(c) == c && fclose(c) == 0);
  // One that fails has closed what was there.
  FILE* d = make();
  int fd = fileno(d);
  CHECK(freopen("/nowhere/at/all", "r", d) == NULL && !is_open(fd));
}
