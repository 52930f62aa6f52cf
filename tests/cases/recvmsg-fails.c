// A message without descriptors, one whose descriptors found no room, and a call that fails bring none.
// hooks: recvmsg recvmmsg
// expect-nothing
#include "received.h"

void victim(void) {
  struct parcel p;
  int line[2], file = open(PLAIN_FILE, O_RDONLY);
  CHECK(file > 2 && socketpair(AF_UNIX, SOCK_DGRAM, 0, line) == 0);
  CHECK(recvmsg(line[1], parcel(&p), MSG_DONTWAIT) == -1 && errno == EAGAIN);
  CHECK(send(line[0], "x", 1, 0) == 1 && recvmsg(line[1], parcel(&p), 0) == 1 && p.head.msg_controllen == 0);
  send_descriptors(line[0], &file, 1);
  parcel(&p);
  p.head.msg_control = NULL;
  p.head.msg_controllen = 0;
  CHECK(recvmsg(line[1], &p.head, 0) == 1 && p.head.msg_flags & MSG_CTRUNC);
  struct mmsghdr head = {.msg_hdr = *parcel(&p)};
  CHECK(recvmmsg(line[1], &head, 1, MSG_DONTWAIT, NULL) == -1 && errno == EAGAIN);
  CHECK(close(file) == 0 && close(line[0]) == 0 && close(line[1]) == 0);
}
