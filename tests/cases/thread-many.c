// A hundred thousand short threads one after another leave nothing, and no table overflows.
// hooks: pthread_create pthread_join pthread_detach
// forms: main
// deadline: 120
// expect-nothing
#include "workers.h"

static void* nothing(void* unused) { return unused; }

void victim(void) {
  for (int i = 0; i < 100000; ++i) {
    pthread_t id;
    CHECK(pthread_create(&id, NULL, nothing, NULL) == 0);
    if (i % 100 == 99) {
      CHECK(pthread_detach(id) == 0);
    } else {
      CHECK(pthread_join(id, NULL) == 0);
    }
  }
}
