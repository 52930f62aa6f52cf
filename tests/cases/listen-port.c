// The port of a listener is in the report as people write it.
// hooks: bind listen
// expect: open-at-end listener 1 in leak_listener detail 127.0.0.1:47813
// expect: open-at-end listener 1 in leak_everywhere detail 0.0.0.0:47814
#include "internet.h"

SITE static int leak_listener(void) { return socket(AF_INET, SOCK_STREAM, 0); }
SITE static int leak_everywhere(void) { return socket(AF_INET, SOCK_STREAM, 0); }

void victim(void) {
  struct sockaddr_in here = loopback(47813), everywhere = loopback(47814);
  int one = 1, a = leak_listener(), b = leak_everywhere();
  everywhere.sin_addr.s_addr = INADDR_ANY;
  CHECK(setsockopt(a, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0);
  CHECK(setsockopt(b, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0);
  if (bind(a, (struct sockaddr*)&here, sizeof here) != 0) skip("port 47813 is taken");
  if (bind(b, (struct sockaddr*)&everywhere, sizeof everywhere) != 0) skip("port 47814 is taken");
  CHECK(listen(a, 8) == 0 && listen(b, 8) == 0);
}
