// Holds 9,000 descriptors from 64 sites; its records need more than two megabytes.
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static __attribute__((noinline)) int opens(int depth) {
  if (depth > 0) {
    volatile int fd = opens(depth - 1);
    return fd;
  }
  return open("/etc/passwd", O_RDONLY);
}

int main(void) {
  for (int i = 0; i < 9000; ++i)
    if (opens(i % 16) < 0) return printf("refused after %d\n", i), 1;
  puts("9000 descriptors");
  return 7;
}
