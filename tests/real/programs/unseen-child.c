// A child that no hook sees being made, by the bare instruction, leaves a descriptor open; its parent has descriptors
// alone.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static long bare(long number, long a, long b, long c, long d) {
  long result;
  register long r10 __asm__("r10") = d;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
  return result;
}

int main(void) {
  close(open("/dev/null", O_RDONLY));
  long child = bare(SYS_fork, 0, 0, 0, 0);
  if (child == 0) {
    int left = open("/dev/null", O_RDONLY);  // LEAK
    exit(left < 0);
  }
  bare(SYS_wait4, child, 0, 0, 0);
  return 0;
}
