// Writes to both outputs, leaves a file and a socket, and ends with the status of its first argument; with a second one
// it says `ready` and waits instead.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

__attribute__((noinline)) int leaves_a_file(void) { return open("/etc/passwd", O_RDONLY); }
__attribute__((noinline)) int leaves_a_socket(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }

int main(int count, char** arguments) {
  puts("to standard output");
  fputs("to standard error\n", stderr);
  int file = leaves_a_file(), other = leaves_a_socket();
  printf("descriptors %d and %d\n", file, other);
  if (count > 2) {
    puts("ready");
    fflush(stdout);
    for (;;) pause();
  }
  return count > 1 ? atoi(arguments[1]) : 0;
}
