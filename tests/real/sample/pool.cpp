#include "pool.h"

int open_in_library(const char* path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);  // LEAK static_library open-at-end file
  __asm__ volatile("");
  return fd;
}
