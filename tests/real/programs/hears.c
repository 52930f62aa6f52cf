// Says each SIGCHLD that it hears of (`handled`) or ignores them all (`ignored`), has no child, takes a snapshot of
// itself, and ends with a file left open.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lifeguard.h"

static void hears(int signal) {
  (void)signal;
  if (write(1, "a child has ended\n", 18) < 0) _exit(1);
}

int main(int count, char** words) {
  signal(SIGCHLD, count > 1 && !strcmp(words[1], "ignored") ? SIG_IGN : hears);
  printf("%d\n", open("/etc/passwd", O_RDONLY | O_CLOEXEC) > 2 && lifeguard_snapshot() > 0);
  return 0;
}
