// dumping PORT MIB: a listener, a thread inside accept, and that much memory in use; waits for a signal.
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static void* accepts(void* argument) {
  for (;;) accept((int)(long)argument, NULL, NULL);
  return NULL;
}

int main(int argc, char** argv) {
  if (argc < 3) return 9;
  struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_CORE, &all);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(fd, (struct sockaddr*)&address, sizeof address) || listen(fd, 5)) return 9;
  size_t size = (size_t)atoi(argv[2]) << 20;
  char* memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(memory, 7, size);
  pthread_t thread;
  if (argc > 3) pthread_create(&thread, NULL, accepts, (void*)(long)fd);
  puts("ready");
  fflush(stdout);
  for (;;) pause();
}
