// Duplicates keep the kind and the detail: of a listener, a pipe, an event, a directory.
// hooks: dup dup2 fcntl
// expect: open-at-end listener 1 in leak_listener detail *127.0.0.1:*
// expect: open-at-end socket 1 in leak_socket
// expect: open-at-end pipe 1 in leak_pipe
// expect: open-at-end event 1 in leak_event detail *eventfd*
// expect: open-at-end directory 1 in leak_directory detail */etc*
#include <sys/eventfd.h>

#include "internet.h"

SITE static int leak_listener(int fd) { return dup(fd); }
SITE static int leak_socket(int fd) { return fcntl(fd, F_DUPFD_CLOEXEC, 0); }
SITE static int leak_pipe(int fd) { return dup2(fd, 90); }
SITE static int leak_event(int fd) { return dup(fd); }
SITE static int leak_directory(int fd) { return fcntl(fd, F_DUPFD, 50); }

void victim(void) {
  struct sockaddr_in address;
  int ends[2], listener = listening(&address), plain = socket(AF_INET, SOCK_STREAM, 0), event = eventfd(0, 0);
  int directory = open("/etc", O_RDONLY | O_DIRECTORY);
  CHECK(pipe(ends) == 0 && plain > 2 && event > 2 && directory > 2);
  CHECK(leak_listener(listener) > 2 && leak_socket(plain) > 2 && leak_pipe(ends[0]) == 90);
  CHECK(leak_event(event) > 2 && leak_directory(directory) >= 50);
  CHECK(close(listener) == 0 && close(plain) == 0 && close(event) == 0 && close(directory) == 0);
  CHECK(close(ends[0]) == 0 && close(ends[1]) == 0);
}
