// Sockets of all families are sockets until they listen.
// hooks: socket socketpair
// expect: open-at-end socket 1 in leak_tcp
// expect: open-at-end socket 1 in leak_udp
// expect: open-at-end socket 1 in leak_unix
// expect: open-at-end socket 1 in leak_netlink
// expect: open-at-end socket 2 in leak_pair
#include <sys/socket.h>

#include "victim.h"

SITE static int leak_tcp(void) { return socket(AF_INET, SOCK_STREAM, 0); }
SITE static int leak_udp(void) { return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0); }
SITE static int leak_unix(void) { return socket(AF_UNIX, SOCK_SEQPACKET, 0); }
SITE static int leak_netlink(void) { return socket(AF_NETLINK, SOCK_RAW, 0); }
SITE static int leak_pair(int pair[2]) { return socketpair(AF_UNIX, SOCK_STREAM, 0, pair); }

void victim(void) {
  int kept[2], returned[2];
  leaked_once(leak_tcp);
  leaked_once(leak_udp);
  leaked_once(leak_unix);
  leaked_once(leak_netlink);
  CHECK(leak_pair(kept) == 0 && leak_pair(returned) == 0);
  CHECK(close(returned[0]) == 0 && close(returned[1]) == 0);
}
