// fcloseall flushes every stream and closes no descriptor: what was open stays open and is reported.
// hooks: fcloseall fopen
// expect: open-at-end file 1 in leak_fopen detail /etc/passwd
#include "victim.h"

SITE static FILE* leak_fopen(void) { return fopen(PLAIN_FILE, "r"); }

void victim(void) {
  FILE* file = leak_fopen();
  int fd = fileno(file);
  CHECK(file && fd > 2);
  fcloseall();
  CHECK(is_open(fd));
}
