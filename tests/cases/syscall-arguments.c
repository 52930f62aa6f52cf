// All six arguments of syscall() reach the kernel, and all of its results and errors come back.
// hooks: syscall open
// expect-nothing
#include <linux/futex.h>
#include <sys/mman.h>
#include <time.h>

#include "victim.h"

void victim(void) {
  char bytes[8];
  int fd = open("file", O_RDWR | O_CREAT, 0600), word = 7;
  CHECK(fd > 2 && ftruncate(fd, 8192) == 0 && pwrite(fd, "here", 4, 4096) == 4);
  char* place = (char*)syscall(SYS_mmap, NULL, 4096, PROT_READ, MAP_SHARED, fd, 4096);
  CHECK(place != MAP_FAILED && memcmp(place, "here", 4) == 0 && syscall(SYS_munmap, place, 4096) == 0);
  CHECK(syscall(SYS_pread64, fd, bytes, 4, 4096) == 4 && memcmp(bytes, "here", 4) == 0);
  struct timespec past = {0, 1};
  CHECK(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, 7, &past, NULL, FUTEX_BITSET_MATCH_ANY) == -1 &&
        errno == ETIMEDOUT);
  CHECK(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, 8, NULL, NULL, 0) == -1 && errno == EINVAL);
  CHECK(syscall(SYS_copy_file_range, fd, &(loff_t){4096}, fd, &(loff_t){0}, 4, 0) == 4);
  CHECK(syscall(SYS_close, fd) == 0);
}
