// exitcode= says nothing of a program that left nothing.
// hooks: open close
// options: exitcode=42
// expect-nothing
#include "victim.h"

void victim(void) { CHECK(close(open(PLAIN_FILE, O_RDONLY)) == 0); }
