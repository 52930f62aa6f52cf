// An allocator that opens a file through syscall() in its first call, with its lock held, before anything of the program
// has run: the library must not ask it for memory on that way.
// hooks: syscall open close
// flags: -fno-builtin
// expect: open-at-end file 1 in leak_it
// expect: open-at-end file 1 in allocator_opens
#include <pthread.h>

#include "victim.h"

static char heap[16 << 20] __attribute__((aligned(16)));
static size_t used;
static int ready;
static pthread_mutex_t lock = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;

SITE static void allocator_opens(void) { CHECK(syscall(SYS_openat, AT_FDCWD, PLAIN_FILE, O_RDONLY) > 2); }

__attribute__((visibility("default"))) void* malloc(size_t size) {
  CHECK(pthread_mutex_lock(&lock) == 0);  // EDEADLK when called from within
  if (!ready) {
    ready = 1;
    allocator_opens();
  }
  size_t room = (size + 31) & ~(size_t)15;
  char* block = used + room <= sizeof heap ? heap + used : NULL;
  used += room;
  CHECK(pthread_mutex_unlock(&lock) == 0);
  if (block) *(size_t*)block = size;
  return block ? block + 16 : NULL;
}
__attribute__((visibility("default"))) void free(void* block) { (void)block; }
__attribute__((visibility("default"))) void* calloc(size_t count, size_t size) { return malloc(count * size); }
__attribute__((visibility("default"))) void* realloc(void* block, size_t size) {
  void* fresh = malloc(size);
  if (fresh && block) {
    size_t old = *(size_t*)((char*)block - 16);
    memcpy(fresh, block, old < size ? old : size);
  }
  return fresh;
}

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  CHECK(malloc(100) != NULL && leak_it() > 2);
  for (int i = 0; i < 100; ++i) CHECK(close(open(PLAIN_FILE, O_RDONLY)) == 0);
}
