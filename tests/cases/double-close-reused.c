// Where the number was taken again in between, the second close closes another resource: nobody can tell it
// from a right one.
// hooks: close
// expect-nothing
#include "victim.h"

void victim(void) {
  int fd = open(PLAIN_FILE, O_RDONLY);
  CHECK(fd > 2 && close(fd) == 0);
  CHECK(open("/etc/group", O_RDONLY) == fd);
  CHECK(close(fd) == 0);
}
