// Threads that load and unload libraries in a loop; children forked meanwhile open files, 1,000 times each, from places
// and at depths of the stack that the parent never had.
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_int stop, rounds;

static void* loading(void* name) {
  while (!stop) {
    void* library = dlopen(name, RTLD_NOW);
    if (library) dlclose(library);
    ++rounds;
  }
  return NULL;
}

static __attribute__((noinline)) int opens(int depth) {
  if (depth > 0) {
    volatile int result = opens(depth - 1);
    return result;
  }
  int fd = open("/etc/passwd", O_RDONLY);
  return fd < 0 ? -1 : close(fd);
}

int main(void) {
  pthread_t ids[2];
  static char first[] = "libz.so.1", second[] = "libutil.so.1";
  if (pthread_create(&ids[0], NULL, loading, first) || pthread_create(&ids[1], NULL, loading, second)) return 1;
  while (rounds < 20) usleep(100);
  for (int i = 0; i < 60; ++i) {
    int status, before = rounds;
    while (rounds < before + 2) usleep(50);
    pid_t child = fork();
    if (child == 0) {
      alarm(20);
      for (int k = 0; k < 1000; ++k)
        if (opens(k % 30 + i) != 0) _exit(3);
      _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) return 2;
    if (status != 0) {
      printf("child %d: status %#x\n", i, (unsigned)status);
      return 4;
    }
  }
  stop = 1;
  pthread_join(ids[0], NULL);
  pthread_join(ids[1], NULL);
  return 0;
}
