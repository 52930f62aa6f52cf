// Timers that are not deleted; they go with the process: a note.
// hooks: timer_create timer_delete
// expect: open-at-end timer 1 in leak_timer severity note
#include <signal.h>
#include <time.h>

#include "victim.h"

SITE static timer_t leak_timer(void) {
  timer_t timer;
  struct sigevent silent = {.sigev_notify = SIGEV_NONE};
  CHECK(timer_create(CLOCK_MONOTONIC, &silent, &timer) == 0);
  return timer;
}

void victim(void) {
  leak_timer();
  CHECK(timer_delete(leak_timer()) == 0);
}
