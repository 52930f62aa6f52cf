// An address that is taken: bind fails as without the library, each time, and the program that goes on and ends well
// hears nothing of it.
// hooks: bind
// expect-nothing
#include "internet.h"

void victim(void) {
  struct sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  int holder = socket(AF_INET, SOCK_STREAM, 0), other = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(bind(holder, (struct sockaddr*)&address, sizeof address) == 0 && listen(holder, 8) == 0);
  CHECK(getsockname(holder, (struct sockaddr*)&address, &size) == 0);
  for (int i = 0; i < 100; ++i) {
    errno = 0;
    CHECK(bind(other, (struct sockaddr*)&address, sizeof address) == -1 && errno == EADDRINUSE);
  }
  CHECK(close(holder) == 0);
  int on = 1;
  CHECK(setsockopt(other, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0);
  CHECK(bind(other, (struct sockaddr*)&address, sizeof address) == 0);
  CHECK(bind(-1, (struct sockaddr*)&address, sizeof address) == -1 && errno == EBADF);
  CHECK(close(other) == 0);
}
