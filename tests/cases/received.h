// A descriptor sent over a socket, for the cases about receiving one.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include "victim.h"

struct parcel {
  struct msghdr head;
  struct iovec bytes;
  char byte;
  union {
    struct cmsghdr align;
    char room[CMSG_SPACE(2 * sizeof(int))];
  };
};

static inline struct msghdr* parcel(struct parcel* p) {
  memset(p, 0, sizeof *p);
  p->bytes.iov_base = &p->byte;
  p->bytes.iov_len = 1;
  p->head.msg_iov = &p->bytes;
  p->head.msg_iovlen = 1;
  p->head.msg_control = p->room;
  p->head.msg_controllen = sizeof p->room;
  return &p->head;
}

static inline void send_descriptors(int to, const int* fds, size_t count) {
  struct parcel p;
  struct msghdr* head = parcel(&p);
  struct cmsghdr* item = CMSG_FIRSTHDR(head);
  item->cmsg_level = SOL_SOCKET;
  item->cmsg_type = SCM_RIGHTS;
  item->cmsg_len = CMSG_LEN(count * sizeof(int));
  memcpy(CMSG_DATA(item), fds, count * sizeof(int));
  head->msg_controllen = CMSG_SPACE(count * sizeof(int));
  CHECK(sendmsg(to, head, 0) == 1);
}

static inline int received(struct msghdr* head, int* fds) {
  struct cmsghdr* item = CMSG_FIRSTHDR(head);
  CHECK(item && item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_RIGHTS);
  int count = (int)((item->cmsg_len - CMSG_LEN(0)) / sizeof(int));
  memcpy(fds, CMSG_DATA(item), (size_t)count * sizeof(int));
  return count;
}
