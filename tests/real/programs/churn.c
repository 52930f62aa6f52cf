// Four threads that open and close files, sockets, pipes and memory files until they are killed; each keeps some for a
// while. No two of them are the same file, so that who looks into /proc can tell one life of a number from the next.
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static int fresh_file(unsigned seed, unsigned number) {
  char name[40];
  snprintf(name, sizeof name, "file-%u-%u", seed, number);
  int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
  unlink(name);
  return fd;
}

static int fresh_memory(unsigned seed, unsigned number) {
  char name[40];
  snprintf(name, sizeof name, "memory-%u-%u", seed, number);
  return memfd_create(name, 0);
}

static void* churning(void* argument) {
  unsigned seed = (unsigned)(unsigned long)argument, state = seed, number = 0;
  int held[16];
  for (int i = 0; i < 16; ++i) held[i] = -1;
  for (;;) {
    int slot = rand_r(&state) % 16, ends[2];
    if (held[slot] >= 0) close(held[slot]);
    switch (rand_r(&state) % 4) {
      case 0:
        held[slot] = fresh_file(seed, ++number);
        break;
      case 1:
        held[slot] = socket(AF_UNIX, SOCK_STREAM, 0);
        break;
      case 2:
        held[slot] = fresh_memory(seed, ++number);
        break;
      default:
        held[slot] = pipe(ends) == 0 ? (close(ends[1]), ends[0]) : -1;
    }
    if (rand_r(&state) % 8 == 0) usleep(rand_r(&state) % 3000);
  }
  return NULL;
}

int main(void) {
  pthread_t ids[4];
  for (unsigned long i = 0; i < 4; ++i)
    if (pthread_create(&ids[i], NULL, churning, (void*)(i + 1)) != 0) return 1;
  for (;;) pause();
}
