// What a handler of quick_exit closes was not left.
// hooks: open close quick_exit
// status: 4
// allow: running
// expect-nothing
#include "victim.h"

static int fd;

static void closes(void) { CHECK(close(fd) == 0); }

void victim(void) {
  CHECK((fd = open(PLAIN_FILE, O_RDONLY)) > 2 && at_quick_exit(closes) == 0);
  quick_exit(4);
}
