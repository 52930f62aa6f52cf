// Four threads that open and close files, sockets and pipes until they are killed; each keeps some for a while.
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void* churning(void* seed) {
  unsigned state = (unsigned)(unsigned long)seed;
  int held[16];
  for (int i = 0; i < 16; ++i) held[i] = -1;
  for (;;) {
    int slot = rand_r(&state) % 16, ends[2];
    if (held[slot] >= 0) close(held[slot]);
    switch (rand_r(&state) % 4) {
      case 0:
        held[slot] = open("/etc/passwd", O_RDONLY);
        break;
      case 1:
        held[slot] = socket(AF_UNIX, SOCK_STREAM, 0);
        break;
      case 2:
        held[slot] = dup(0);
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
