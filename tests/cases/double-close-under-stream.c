// close of the number under a FILE, and then fclose: the second close is libc's, called from the program.
// hooks: close fclose fdopen
// expect: double-close file 1 in second_close closed_first first_close created make_it detail /etc/passwd
#include "victim.h"

SITE static int make_it(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int first_close(int fd) { return close(fd); }
SITE static int second_close(FILE* file) { return fclose(file); }

void victim(void) {
  int fd = make_it();
  FILE* file = fdopen(fd, "r");
  CHECK(file && first_close(fd) == 0 && second_close(file) == EOF && errno == EBADF);
}
