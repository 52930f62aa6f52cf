// Opens and closes argv[1] times, from one site.
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int main(int count, char** arguments) {
  int left = count > 1 ? atoi(arguments[1]) : 1;
  while (left-- > 0) {
    int fd = open("/etc/passwd", O_RDONLY);
    if (fd < 0 || close(fd) != 0) return 1;
  }
  return 0;
}
