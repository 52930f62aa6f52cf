// busy: four threads open, close, and fork; answers "ready" when all are at it, and waits for its end.
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_barrier_t all_at_it;

static void* works(void* argument) {
  long number = (long)argument;
  open("/etc/passwd", O_RDONLY);
  pthread_barrier_wait(&all_at_it);
  for (;;) {
    int fd = number % 2 ? open("/dev/null", O_RDWR) : socket(AF_INET, SOCK_STREAM, 0);
    int copy = dup(fd);
    close(fd);
    close(copy);
    if (number == 3) {
      pid_t child = fork();
      if (child == 0) _exit(0);
      waitpid(child, NULL, 0);
    }
  }
  return NULL;
}

int main(void) {
  pthread_t threads[4];
  pthread_barrier_init(&all_at_it, NULL, 5);
  for (long i = 0; i < 4; ++i) pthread_create(&threads[i], NULL, works, (void*)i);
  pthread_barrier_wait(&all_at_it);
  puts("ready");
  fflush(stdout);
  for (;;) pause();
}
