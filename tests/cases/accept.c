// Accepted connections are sockets of the one who accepts, with the peer's address.
// hooks: accept accept4
// expect: open-at-end socket 1 in leak_accepted detail *127.0.0.1:*
// expect: open-at-end socket 1 in leak_accepted4 detail *127.0.0.1:*
// expect: open-at-end socket 1 in leak_unasked detail *127.0.0.1:*
#include "internet.h"

static int listener;

SITE static int leak_accepted(void) {
  struct sockaddr_in peer;
  socklen_t size = sizeof peer;
  int fd = accept(listener, (struct sockaddr*)&peer, &size);
  CHECK(size == sizeof peer && peer.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
  return fd;
}
SITE static int leak_accepted4(void) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC); }
SITE static int leak_unasked(void) { return accept(listener, NULL, NULL); }

void victim(void) {
  struct sockaddr_in address;
  int clients[6];
  listener = listening(&address);
  for (int i = 0; i < 6; ++i) {
    clients[i] = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect(clients[i], (struct sockaddr*)&address, sizeof address) == 0);
  }
  leaked_once(leak_accepted);
  leaked_once(leak_accepted4);
  leaked_once(leak_unasked);
  for (int i = 0; i < 6; ++i) CHECK(close(clients[i]) == 0);
  CHECK(close(listener) == 0);
}
