// With the options as they are shipped, a program that left nothing leaves no output and no file.
// hooks: open close
// options: keep= report=
// ledger: none
#include "victim.h"

void victim(void) {
  for (int i = 0; i < 10; ++i) CHECK(close(open(PLAIN_FILE, O_RDONLY)) == 0);
  puts("all is well");
}
