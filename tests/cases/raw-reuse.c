// The number of what was closed behind our back, taken by another way: reported is what is open now.
// hooks: open socket
// expect: open-at-end socket 1 in leak_socket
#include <sys/socket.h>

#include "victim.h"

SITE static int make_it(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int leak_socket(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }

void victim(void) {
  int fd = make_it();
  CHECK(fd > 2 && raw_close(fd) == 0);
  CHECK(leak_socket() == fd);
}
