// A unix socket's path stays when the socket is closed, until it is unlinked. An abstract name goes by itself.
// hooks: bind unlink
// expect: left-behind path 1 in leak_path detail *left-socket
#include "internet.h"

SITE static void leak_path(const char* name, int abstract) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strcpy(address.sun_path + abstract, name);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(fd > 2 && bind(fd, (struct sockaddr*)&address, sizeof address) == 0 && close(fd) == 0);
}

void victim(void) {
  char name[64];
  snprintf(name, sizeof name, "lifeguard-case-%d", getpid());
  leak_path(name, 1);
  leak_path("gone-socket", 0);
  CHECK(unlink("gone-socket") == 0);
  leak_path("left-socket", 0);
}
