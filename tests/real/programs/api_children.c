// Hundreds of short children in turn, each in a phase of its own or in its parent's; some leave a file open.
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lifeguard.h"

int main(void) {
  for (int i = 0; i < 300; ++i) {
    char phase[64];
    snprintf(phase, sizeof phase, "parent %d", i / 100);
    lifeguard_phase(phase);
    pid_t child = fork();
    if (child == 0) {
      if (i % 3 == 1) {
        snprintf(phase, sizeof phase, "child %d", i);
        lifeguard_phase(phase);
      }
      int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
      if (i % 50 != 1 && i % 50 != 2) close(fd);
      _exit(0);
    }
    waitpid(child, NULL, 0);
  }
  return 0;
}
