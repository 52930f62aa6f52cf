// A connected socket says where to, also when the connection is still being made.
// hooks: connect __connect
// expect: open-at-end socket 1 in leak_client detail *127.0.0.1:*
// expect: open-at-end socket 1 in leak_other_client detail *127.0.0.1:*
// expect: open-at-end socket 1 in leak_slow_client detail *127.0.0.1:*
// expect: open-at-end socket 1 in leak_refused
#include "internet.h"

int other_connect(int fd, const struct sockaddr* address, socklen_t size) __asm__("__connect");

SITE static int leak_client(void) { return socket(AF_INET, SOCK_STREAM, 0); }
SITE static int leak_other_client(void) { return socket(AF_INET, SOCK_STREAM, 0); }
SITE static int leak_slow_client(void) { return socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0); }
SITE static int leak_refused(void) { return socket(AF_INET, SOCK_STREAM, 0); }

void victim(void) {
  struct sockaddr_in address, nobody = loopback(1);
  int listener = listening(&address);
  CHECK(connect(leak_client(), (struct sockaddr*)&address, sizeof address) == 0);
  CHECK(other_connect(leak_other_client(), (struct sockaddr*)&address, sizeof address) == 0);
  int status = connect(leak_slow_client(), (struct sockaddr*)&address, sizeof address);
  CHECK(status == 0 || errno == EINPROGRESS);
  CHECK(connect(leak_refused(), (struct sockaddr*)&nobody, sizeof nobody) == -1);
  CHECK(close(listener) == 0);
}
