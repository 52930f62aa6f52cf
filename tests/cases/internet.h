// Addresses for the cases about sockets: loopback, ports chosen by the kernel unless a case needs to know one.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "victim.h"

static inline struct sockaddr_in loopback(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static inline struct sockaddr_in6 loopback6(int port) {
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
  address.sin6_addr = in6addr_loopback;
  return address;
}

// A listener that no report is to speak of: the caller closes it.
static inline int listening(struct sockaddr_in* address) {
  socklen_t size = sizeof *address;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  *address = loopback(0);
  CHECK(fd > 2 && bind(fd, (struct sockaddr*)address, size) == 0 && listen(fd, 8) == 0);
  CHECK(getsockname(fd, (struct sockaddr*)address, &size) == 0);
  return fd;
}
