// fclose, and then close of the number that was the stream's.
// hooks: close fclose fopen
// expect: double-close file 1 in second_close closed_first first_close created make_it detail /etc/passwd
// expect: double-close directory 1 in second_close_directory closed_first first_close_directory created make_directory
#include <dirent.h>

#include "victim.h"

SITE static FILE* make_it(void) { return fopen(PLAIN_FILE, "r"); }
SITE static int first_close(FILE* file) { return fclose(file); }
SITE static int second_close(int fd) { return close(fd); }
SITE static DIR* make_directory(void) { return opendir("/etc"); }
SITE static int first_close_directory(DIR* directory) { return closedir(directory); }
SITE static int second_close_directory(int fd) { return close(fd); }

void victim(void) {
  FILE* file = make_it();
  int fd = fileno(file);
  CHECK(first_close(file) == 0 && second_close(fd) == -1 && errno == EBADF);
  DIR* directory = make_directory();
  fd = dirfd(directory);
  CHECK(first_close_directory(directory) == 0 && second_close_directory(fd) == -1 && errno == EBADF);
}
