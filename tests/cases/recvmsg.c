// Descriptors that come in a message belong to who received them; what they are is asked of the kernel.
// hooks: recvmsg recvmmsg
// expect: open-at-end file 1 in leak_received detail */etc/passwd*
// expect: open-at-end pipe 1 in leak_second
// expect: open-at-end file 2 in leak_many detail */etc/passwd*
#include "received.h"

static int line[2];

SITE static ssize_t leak_received(struct msghdr* head) { return recvmsg(line[1], head, MSG_CMSG_CLOEXEC); }
SITE static ssize_t leak_second(struct msghdr* head) { return recvmsg(line[1], head, 0); }
SITE static int leak_many(struct mmsghdr* heads) { return recvmmsg(line[1], heads, 2, MSG_WAITFORONE, NULL); }

void victim(void) {
  struct parcel p, q;
  int file = open(PLAIN_FILE, O_RDONLY), ends[2], got[2];
  CHECK(file > 2 && pipe(ends) == 0 && socketpair(AF_UNIX, SOCK_DGRAM, 0, line) == 0);

  send_descriptors(line[0], &file, 1);
  CHECK(leak_received(parcel(&p)) == 1 && received(&p.head, got) == 1 && is_open(got[0]));
  send_descriptors(line[0], &file, 1);
  CHECK(leak_received(parcel(&p)) == 1 && received(&p.head, got) == 1 && close(got[0]) == 0);

  send_descriptors(line[0], ends, 2);
  CHECK(leak_second(parcel(&p)) == 1 && received(&p.head, got) == 2 && close(got[0]) == 0);

  send_descriptors(line[0], &file, 1);
  send_descriptors(line[0], &file, 1);
  struct mmsghdr heads[2] = {{.msg_hdr = *parcel(&p)}, {.msg_hdr = *parcel(&q)}};
  CHECK(leak_many(heads) == 2 && received(&heads[0].msg_hdr, got) == 1 && received(&heads[1].msg_hdr, got) == 1);

  CHECK(close(file) == 0 && close(ends[0]) == 0 && close(ends[1]) == 0 && close(line[0]) == 0 && close(line[1]) == 0);
}
