// A program with an allocator of its own, which counts. It opens and closes by many ways and from many places, and says
// how often its heap was asked meanwhile.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

static _Alignas(16) char heap[64 << 20];
static atomic_size_t used;
static atomic_long calls;

void* malloc(size_t size) {
  ++calls;
  size_t room = (size + 31) & ~(size_t)15, at = atomic_fetch_add(&used, room);
  if (at + room > sizeof heap) return NULL;
  *(size_t*)(heap + at) = size;
  return heap + at + 16;
}
void free(void* block) {
  if (block) ++calls;
}
void* calloc(size_t count, size_t size) {
  return malloc(count * size);  // never given back, so still zero
}
void* realloc(void* block, size_t size) {
  void* fresh = malloc(size);
  if (fresh && block) {
    size_t old = *(size_t*)((char*)block - 16);
    memcpy(fresh, block, old < size ? old : size);
  }
  return fresh;
}
void* memalign(size_t alignment, size_t size) {
  char* block = malloc(size + alignment);
  return (void*)(((size_t)block + alignment - 1) & ~(alignment - 1));
}
void* aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
int posix_memalign(void** block, size_t alignment, size_t size) {
  return (*block = memalign(alignment, size)) ? 0 : ENOMEM;
}

#define PLACE(n)                                                                                                       \
  static __attribute__((noinline)) int place##n(int depth) {                                                           \
    if (depth > 0) return place##n(depth - 1);                                                                         \
    int fd = open("/etc/passwd", O_RDONLY), event = eventfd(0, 0);                                                     \
    int other = socket(AF_UNIX, SOCK_STREAM, 0), again = dup(fd);                                                      \
    return fd < 0 || event < 0 || other < 0 || again < 0 || close(fd) || close(event) || close(other) || close(again); \
  }
// clang-format off
PLACE(0)
PLACE(1) PLACE(2) PLACE(3) PLACE(4) PLACE(5) PLACE(6)
    PLACE(7)
    // clang-format on
    static int (*const places[])(int) = {place0, place1, place2, place3, place4, place5, place6, place7};

static int work(void) {
  for (int i = 0; i < 4000; ++i)
    if (places[i % 8](i % 20)) return 1;
  return 0;
}

static long thread_calls = -1;
static void* thread(void* unused) {
  long before = calls;
  if (work() == 0) thread_calls = calls - before;
  return unused;
}

int main(void) {
  long before = calls;
  if (work()) return 2;
  long here = calls - before;
  pthread_t id;
  if (pthread_create(&id, NULL, thread, NULL) != 0 || pthread_join(id, NULL) != 0) return 3;
  printf("%ld in main, %ld in a thread\n", here, thread_calls);
  return here != 0 || thread_calls != 0;
}
