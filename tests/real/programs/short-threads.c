// Starts as many threads as its argument says, one after another, and joins each.
#include <pthread.h>
#include <stdlib.h>

static void* nothing(void* unused) { return unused; }

int main(int count, char** words) {
  for (int i = count > 1 ? atoi(words[1]) : 0; i > 0; --i) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, nothing, NULL) != 0 || pthread_join(thread, NULL) != 0) return 1;
  }
  return 0;
}
