// IPv6 addresses are written in brackets.
// hooks: bind listen connect
// expect: open-at-end listener 1 in leak_listener detail [::1]:47815
// expect: open-at-end socket 1 in leak_client detail *[::1]:47815*
#include "internet.h"

SITE static int leak_listener(void) { return socket(AF_INET6, SOCK_STREAM, 0); }
SITE static int leak_client(void) { return socket(AF_INET6, SOCK_STREAM, 0); }

void victim(void) {
  struct sockaddr_in6 address = loopback6(47815);
  int one = 1, listener = leak_listener();
  if (listener < 0) skip("no IPv6 here");
  CHECK(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0);
  if (bind(listener, (struct sockaddr*)&address, sizeof address) != 0) skip("no [::1]:47815 to be had");
  CHECK(listen(listener, 8) == 0);
  CHECK(connect(leak_client(), (struct sockaddr*)&address, sizeof address) == 0);
}
