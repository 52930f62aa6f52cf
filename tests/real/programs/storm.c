// storm SECONDS: a signal every 50 us, whose handler opens and closes, strikes a program whose threads open, fork and
// start threads. At the end exactly one file is left open on purpose.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <errno.h>

static volatile int over;
static volatile long hits;

static void handler(int number) {
  int before = errno;
  (void)number;
  int fd = open("/dev/null", O_RDONLY);
  if (fd >= 0) close(fd);
  __atomic_add_fetch(&hits, 1, __ATOMIC_RELAXED);
  errno = before;
}
static void* nothing(void* argument) { return argument; }
static void* opens(void* argument) {
  while (!over) {
    int fd = open("/etc/passwd", O_RDONLY), copy = dup(fd);
    close(fd);
    close(copy);
  }
  return argument;
}
static void* forks(void* argument) {
  while (!over) {
    pid_t child = fork();
    if (child == 0) {
      int fd = open("/dev/null", O_RDONLY);
      close(fd);
      _exit(0);
    }
    while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR) {
    }
  }
  return argument;
}
static void* starts(void* argument) {
  while (!over) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, nothing, NULL) == 0) pthread_join(thread, NULL);
  }
  return argument;
}
__attribute__((noinline)) static void leaves_a_file(void) {
  if (open("/etc/hostname", O_RDONLY) < 0) _exit(9);
}

int main(int argc, char** argv) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &action, NULL);
  pthread_t threads[3];
  void* (*const work[])(void*) = {opens, forks, starts};
  for (int i = 0; i < 3; ++i) pthread_create(&threads[i], NULL, work[i], NULL);
  struct itimerval often = {{0, 50}, {0, 50}}, never = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &often, NULL);
  time_t until = time(NULL) + (argc > 1 ? atoi(argv[1]) : 2);
  while (time(NULL) < until) {
    int fd = open("/etc/passwd", O_RDONLY);
    close(fd);
  }
  over = 1;
  for (int i = 0; i < 3; ++i) pthread_join(threads[i], NULL);
  setitimer(ITIMER_REAL, &never, NULL);
  leaves_a_file();
  printf("%s\n", hits > 1000 ? "done" : "too few");
  return 0;
}
