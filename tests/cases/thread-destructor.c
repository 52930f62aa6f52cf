// Opened and closed by a destructor of thread-specific data, when the thread is nearly gone.
// hooks: open close
// expect: open-at-end file 3 in destructor
#include <pthread.h>

#include "victim.h"

static pthread_key_t key;

SITE static void destructor(void* value) {
  CHECK(value == &key && open(PLAIN_FILE, O_RDONLY) > 2 && close(open("/dev/null", O_RDONLY)) == 0);
}
static void* thread(void* unused) {
  CHECK(pthread_setspecific(key, &key) == 0);
  return unused;
}

void victim(void) {
  CHECK(pthread_key_create(&key, destructor) == 0);
  for (int i = 0; i < 3; ++i) {
    pthread_t id;
    CHECK(pthread_create(&id, NULL, thread, NULL) == 0 && pthread_join(id, NULL) == 0);
  }
}
