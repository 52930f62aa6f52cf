// slow-end: a child that ignores SIGTERM, and two threads: one is struck by SIGUSR1, and while the end that follows waits
// for the child, the other by SIGUSR2 (or, with "fault", by a fault).
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int asked[2];

static void* first(void* unused) {
  raise(SIGUSR1);
  return unused;
}

int main(int argc, char** argv) {
  int ready[2];
  char byte;
  if (pipe(ready) || pipe(asked)) return 9;
  pid_t child = fork();
  if (child == 0) {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    if (write(ready[1], "r", 1) != 1) _exit(9);
    int came;
    sigwait(&mask, &came);
    if (write(asked[1], "t", 1) != 1) _exit(9);  // the end is under way
    for (;;) pause();
  }
  if (read(ready[0], &byte, 1) != 1) return 9;
  printf("%d\nready\n", child);
  fflush(stdout);
  pthread_t thread;
  pthread_create(&thread, NULL, first, NULL);
  if (read(asked[0], &byte, 1) != 1) return 9;
  if (argc > 1 && strcmp(argv[1], "fault") == 0) *(volatile int*)8 = 1;
  raise(SIGUSR2);
  return 8;
}
