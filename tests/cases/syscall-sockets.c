// Sockets, pipes and duplicates through syscall().
// hooks: syscall
// expect: open-at-end socket 1 in leak_socket
// expect: open-at-end socket 2 in leak_pair
// expect: open-at-end pipe 2 in leak_pipe
// expect: open-at-end pipe 1 in leak_dup
// expect: open-at-end pipe 1 in leak_dup3
// expect: open-at-end pipe 1 in leak_fcntl
#include <sys/socket.h>

#include "victim.h"

static int ends[2];

SITE static int leak_socket(void) { return (int)syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0); }
SITE static int leak_pair(void) {
  int pair[2];
  return (int)syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, pair);
}
SITE static int leak_pipe(void) { return (int)syscall(SYS_pipe2, ends, O_CLOEXEC); }
SITE static int leak_dup(void) { return (int)syscall(SYS_dup, ends[0]); }
SITE static int leak_dup3(void) { return (int)syscall(SYS_dup3, ends[0], 200, 0); }
SITE static int leak_fcntl(void) { return (int)syscall(SYS_fcntl, ends[0], F_DUPFD_CLOEXEC, 100); }

void victim(void) {
  leaked_once(leak_socket);
  CHECK(leak_pair() == 0);
  CHECK(leak_pipe() == 0);
  leaked_once(leak_dup);
  CHECK(leak_dup3() == 200);
  leaked_once(leak_fcntl);
}
