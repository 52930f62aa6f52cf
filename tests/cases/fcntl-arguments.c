// The commands of fcntl that take a pointer, a number or nothing get what the program gave.
// hooks: fcntl fcntl64 open close
// variant large: -D_FILE_OFFSET_BITS=64
// expect-nothing
#include "victim.h"

int plain_fcntl(int fd, int command, ...) __asm__("fcntl");

void victim(void) {
  int fd = open("locked", O_RDWR | O_CREAT, 0600), ends[2];
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 5}, asked = lock;
  struct f_owner_ex owner = {F_OWNER_PID, getpid()}, found = {0, 0};
  CHECK(fd > 2 && plain_fcntl(fd, F_SETLK, &lock) == 0 && fcntl(fd, F_OFD_GETLK, &asked) == 0);
  CHECK(asked.l_type == F_WRLCK && asked.l_pid == getpid() && asked.l_start == 10);
  CHECK(fcntl(fd, F_SETOWN_EX, &owner) == 0 && fcntl(fd, F_GETOWN_EX, &found) == 0 && found.pid == getpid());
  CHECK(fcntl(fd, F_SETFL, O_APPEND) == 0 && (plain_fcntl(fd, F_GETFL) & O_APPEND));
  CHECK(pipe(ends) == 0 && fcntl(ends[0], F_SETPIPE_SZ, 8192) == 8192 && fcntl(ends[1], F_GETPIPE_SZ) == 8192);
  CHECK(close(fd) == 0 && close(ends[0]) == 0 && close(ends[1]) == 0);
}
