// A FIFO is no program, and nobody waits at it for a writer.
// hooks: execv open
// process: FORM 1 exit status 0
// expect: open-at-end file 1 in leak_it
#include <sys/stat.h>

#include "again.h"

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  char* arguments[] = {(char*)"name", NULL};
  CHECK(leak_it() > 2);
  CHECK(mkfifo("waiting", 0755) == 0);
  CHECK(execv("./waiting", arguments) == -1 && errno == EACCES);
  CHECK(unlink("waiting") == 0);
}
