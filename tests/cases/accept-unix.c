// Over a unix socket the peer mostly has no name; the connection is a socket all the same.
// hooks: accept bind listen connect
// expect: open-at-end socket 1 in leak_accepted
// expect: open-at-end socket 1 in leak_client detail *unix:*meeting*
// expect: left-behind path 1 in victim detail *meeting
#include "internet.h"

static int listener;

SITE static int leak_client(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }
SITE static int leak_accepted(void) { return accept(listener, NULL, NULL); }

void victim(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "meeting"};
  int clients[2];
  listener = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(bind(listener, (struct sockaddr*)&address, sizeof address) == 0 && listen(listener, 8) == 0);
  for (int i = 0; i < 2; ++i) {
    clients[i] = leak_client();
    CHECK(connect(clients[i], (struct sockaddr*)&address, sizeof address) == 0);
  }
  leaked_once(leak_accepted);
  CHECK(close(clients[0]) == 0 && close(listener) == 0);
}
