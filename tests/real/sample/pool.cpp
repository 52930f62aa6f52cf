#include "pool.h"

int open_in_library(const char *path) {
  return open(path, O_RDONLY | O_CLOEXEC);  // LEAK static_library open-at-end file
}
