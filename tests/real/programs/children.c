// children WAY [SIGNAL]: starts a child, one that ignores SIGTERM, and one that leads a group with another in it that
// ignores SIGTERM. Writes their pids, "ready", and ends: by that signal, or with status 0.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int told[2];

static void tell(void) {
  pid_t self = getpid();
  if (write(told[1], &self, sizeof self) != sizeof self) _exit(9);
  for (;;) pause();
}

int main(int argc, char** argv) {
  if (pipe(told)) return 9;
  if (fork() == 0) tell();
  if (fork() == 0) {
    signal(SIGTERM, SIG_IGN);
    tell();
  }
  if (fork() == 0) {
    setpgid(0, 0);
    if (fork() == 0) {
      signal(SIGTERM, SIG_IGN);
      tell();
    }
    tell();
  }
  for (int i = 0; i < 4; ++i) {
    pid_t one;
    if (read(told[0], &one, sizeof one) != sizeof one) return 9;
    printf("%d ", one);
  }
  printf("\nready\n");
  fflush(stdout);
  if (argc > 1) raise(atoi(argv[1]));
  return 0;
}
