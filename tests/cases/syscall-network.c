// A server that goes to the kernel by itself, and a message that brings a descriptor to it.
// hooks: syscall
// expect: open-at-end listener 1 in leak_listener detail 127.0.0.1:47816
// expect: open-at-end socket 1 in leak_client detail *127.0.0.1:47816*
// expect: open-at-end socket 1 in leak_accepted
// expect: unseen file 1 in - detail /etc/passwd
#include "internet.h"
#include "received.h"

static int listener, line[2];

SITE static int leak_listener(void) { return (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0); }
SITE static int leak_client(void) { return (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0); }
SITE static int leak_accepted(void) { return (int)syscall(SYS_accept4, listener, NULL, NULL, SOCK_CLOEXEC); }
SITE static long leak_received(struct msghdr* head) { return syscall(SYS_recvmsg, line[1], head, 0); }

void victim(void) {
  struct sockaddr_in address = loopback(47816);
  struct parcel p;
  int one = 1, file = open(PLAIN_FILE, O_RDONLY), got;
  listener = leak_listener();
  CHECK(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0);
  if (syscall(SYS_bind, listener, &address, sizeof address) != 0) skip("port 47816 is taken");
  CHECK(syscall(SYS_listen, listener, 8) == 0);
  CHECK(syscall(SYS_connect, leak_client(), &address, sizeof address) == 0 && leak_accepted() > 2);
  CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, line) == 0);
  send_descriptors(line[0], &file, 1);
  CHECK(leak_received(parcel(&p)) == 1 && received(&p.head, &got) == 1 && is_open(got));
  CHECK(close(file) == 0 && close(line[0]) == 0 && close(line[1]) == 0);
}
