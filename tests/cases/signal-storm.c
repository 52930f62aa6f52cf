// A handler that opens and closes interrupts a program that does the same, at any instruction of either: both stay right.
// hooks: open close dup
// expect: open-at-end file 1 in leak_it detail /etc/passwd
#include <signal.h>
#include <time.h>

#include "victim.h"

static volatile int hits;

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }
static void handler(int number) {
  int before = errno, fd = open("/dev/null", O_RDONLY), again = dup(fd);
  CHECK(number == SIGALRM && fd > 2 && again > 2 && close(fd) == 0 && close(again) == 0);
  ++hits;
  errno = before;
}

void victim(void) {
  timer_t timer;
  struct sigevent here = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM};
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  struct itimerspec often = {{0, 50000}, {0, 50000}}, never = {{0, 0}, {0, 0}};
  here._sigev_un._tid = gettid();
  CHECK(sigaction(SIGALRM, &action, NULL) == 0 && timer_create(CLOCK_MONOTONIC, &here, &timer) == 0);
  CHECK(timer_settime(timer, 0, &often, NULL) == 0);
  int rounds = 0;
  while (hits < 8000 || rounds < 5000) {
    int fd = open(PLAIN_FILE, O_RDONLY), again = dup(fd);
    CHECK(fd > 2 && again > 2 && close(fd) == 0 && close(again) == 0);
    ++rounds;
  }
  CHECK(timer_settime(timer, 0, &never, NULL) == 0 && timer_delete(timer) == 0);
  CHECK(leak_it() > 2);
}
