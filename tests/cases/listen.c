// A socket that listens is a listener, at the address it was bound to; bound alone, it is a socket with an address.
// hooks: bind listen socket
// expect: open-at-end listener 1 in leak_listener detail 127.0.0.1:* not *:0
// expect: open-at-end socket 1 in leak_bound detail 127.0.0.1:* not *:0
// expect: open-at-end listener 1 in leak_unbound
#include "internet.h"

SITE static int leak_listener(void) { return socket(AF_INET, SOCK_STREAM, 0); }
SITE static int leak_bound(void) { return socket(AF_INET, SOCK_STREAM, 0); }
SITE static int leak_unbound(void) { return socket(AF_INET, SOCK_STREAM, 0); }

void victim(void) {
  struct sockaddr_in address = loopback(0);
  int listener = leak_listener(), bound = leak_bound(), unbound = leak_unbound();
  CHECK(bind(listener, (struct sockaddr*)&address, sizeof address) == 0 && listen(listener, 8) == 0);
  CHECK(listen(listener, 16) == 0);
  CHECK(bind(bound, (struct sockaddr*)&address, sizeof address) == 0);
  CHECK(listen(unbound, 8) == 0);
  int closed = leak_listener();
  CHECK(bind(closed, (struct sockaddr*)&address, sizeof address) == 0 && listen(closed, 8) == 0 && close(closed) == 0);
}
