// A server whose sockets are made, bound and listened on in three places; it has a child that inherits them, and one that
// has become another program. Arguments: a TCP port, a UDP port, the path of a unix socket.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

__attribute__((noinline)) static int make_socket(int family, int type) { return socket(family, type, 0); }

__attribute__((noinline)) static int give_address(int fd, const void* address, socklen_t size) {
  int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  return bind(fd, address, size);
}

__attribute__((noinline)) static int start_to_listen(int fd) { return listen(fd, 16); }

int main(int count, char** words) {
  if (count < 4) return 2;
  struct sockaddr_in tcp = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(words[1])),
                            .sin_addr = {htonl(INADDR_LOOPBACK)}};
  struct sockaddr_in6 udp = {.sin6_family = AF_INET6, .sin6_port = htons((unsigned short)atoi(words[2])),
                             .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  struct sockaddr_un local = {.sun_family = AF_UNIX};
  snprintf(local.sun_path, sizeof local.sun_path, "%s", words[3]);
  int a = make_socket(AF_INET, SOCK_STREAM), b = make_socket(AF_INET6, SOCK_DGRAM), c = make_socket(AF_UNIX, SOCK_STREAM);
  if (give_address(a, &tcp, sizeof tcp) || give_address(c, &local, sizeof local) || start_to_listen(a) ||
      start_to_listen(c))
    return perror("tcp"), 1;
  if (b >= 0 && give_address(b, &udp, sizeof udp)) perror("udp6"), close(b);
  int copy = dup(a);  // what it is bound to goes with it
  close(a);
  if (fork() == 0) {
    for (;;) pause();
  }
  if (fork() == 0) {
    execlp("sleep", "sleep", "4718", (char*)0);
    _exit(1);
  }
  printf("ready %d\n", copy);
  fflush(stdout);
  for (;;) pause();
}
