// A file made by a relative name is found again though the program has gone to another folder.
// hooks: mkstemp
// expect: left-behind path 1 in leak_file
#include "victim.h"

static char path[64] = "left-XXXXXX";

SITE static void leak_file(void) { CHECK(close(mkstemp(path)) == 0); }

void victim(void) {
  leak_file();
  CHECK(chdir("/") == 0);
}
