// Standard output turned into a file is not a leak: the program was born with it and cannot do without it.
// hooks: freopen
// expect-nothing
#include "victim.h"

void victim(void) {
  CHECK(fclose(fopen(PLAIN_FILE, "r")) == 0);
  CHECK(freopen("log", "w", stdout) == stdout && fileno(stdout) == 1);
  puts("to the log");
}
