// Threads that come and go, each with its own: what one opened another may close.
// hooks: open close
// expect: open-at-end file 40 in leak_it thread other stack leak_it,worker
#include <pthread.h>

#include "victim.h"

static int handed_over[4][10];

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int hand_over(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static void* worker(void* slot) {
  for (int i = 0; i < 10; ++i) {
    CHECK(leak_it() > 2 && (((int*)slot)[i] = hand_over()) > 2);
    for (int k = 0; k < 100; ++k) CHECK(close(hand_over()) == 0);
  }
  return NULL;
}

void victim(void) {
  for (int round = 0; round < 2; ++round) {
    pthread_t ids[2];
    for (int i = 0; i < 2; ++i) CHECK(pthread_create(&ids[i], NULL, worker, handed_over[2 * round + i]) == 0);
    for (int i = 0; i < 2; ++i) CHECK(pthread_join(ids[i], NULL) == 0);
  }
  for (int i = 0; i < 4; ++i)
    for (int k = 0; k < 10; ++k) CHECK(close(handed_over[i][k]) == 0);
}
