// fdopen adds a FILE to what is there, and changes neither its kind nor the stack that made it.
// hooks: fdopen fclose
// expect: open-at-end socket 1 in make_socket
// expect: open-at-end pipe 1 in make_pipe
#include <sys/socket.h>

#include "victim.h"

SITE static int make_socket(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }
SITE static int make_pipe(int ends[2]) { return pipe(ends); }
SITE static FILE* wrap(int fd, const char* mode) { return fdopen(fd, mode); }

void victim(void) {
  int ends[2];
  CHECK(wrap(make_socket(), "r+") != NULL);
  CHECK(make_pipe(ends) == 0 && wrap(ends[0], "r") != NULL);
  CHECK(fclose(wrap(ends[1], "w")) == 0);
  CHECK(fclose(wrap(make_socket(), "r")) == 0);
}
