// Standard output put aside and back, as every program that redirects itself does it.
// hooks: dup dup2
// expect-nothing
#include "victim.h"

void victim(void) {
  for (int i = 0; i < 3; ++i) {
    int aside = dup(1), file = open("log", O_WRONLY | O_CREAT | O_APPEND, 0600);
    CHECK(aside > 2 && file > 2 && dup2(file, 1) == 1 && close(file) == 0);
    CHECK(write(1, "to the log\n", 11) == 11);
    CHECK(dup2(aside, 1) == 1 && close(aside) == 0);
  }
  CHECK(write(1, "to the reader\n", 14) == 14);
}
