// Words for what has no name: how the families of sockets are called in reports.
#pragma once

#include <sys/socket.h>

namespace lifeguard {

inline const char* socket_word(int domain, int type) {
  type &= 0xf;
  switch (domain) {
    case AF_INET:
      return type == SOCK_STREAM ? "tcp" : type == SOCK_DGRAM ? "udp" : "inet";
    case AF_INET6:
      return type == SOCK_STREAM ? "tcp6" : type == SOCK_DGRAM ? "udp6" : "inet6";
    case AF_UNIX:
      return "unix";
    case AF_NETLINK:
      return "netlink";
    case AF_PACKET:
      return "packet";
    case AF_VSOCK:
      return "vsock";
    default:
      return "socket";
  }
}

}  // namespace lifeguard
