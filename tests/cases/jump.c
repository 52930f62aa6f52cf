// A handler that jumps out of a call it interrupted: the calls after it are noted like those before.
// hooks: open accept
// expect: open-at-end file 100 in leak_after
// expect: open-at-end listener 1 in make_listener detail 127.0.0.1:*
// allow: open-at-end timer
#include <setjmp.h>
#include <signal.h>
#include <time.h>

#include "internet.h"

static sigjmp_buf back;

SITE static int leak_after(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int make_listener(void) { return socket(AF_INET, SOCK_STREAM, 0); }
static void handler(int number) {
  (void)number;
  siglongjmp(back, 1);
}

void victim(void) {
  struct sockaddr_in address = loopback(0);
  int listener = make_listener();
  CHECK(bind(listener, (struct sockaddr*)&address, sizeof address) == 0 && listen(listener, 8) == 0);
  CHECK(signal(SIGALRM, handler) != SIG_ERR);
  timer_t timer;
  struct sigevent here = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM};
  struct itimerspec soon = {{0, 5000000}, {0, 5000000}}, never = {{0, 0}, {0, 0}};
  here._sigev_un._tid = gettid();
  CHECK(timer_create(CLOCK_MONOTONIC, &here, &timer) == 0);
  for (volatile int i = 0; i < 3; ++i) {
    if (sigsetjmp(back, 1) == 0) {
      CHECK(timer_settime(timer, 0, &soon, NULL) == 0);
      for (;;) accept(listener, NULL, NULL);
    }
    CHECK(timer_settime(timer, 0, &never, NULL) == 0);
  }
  for (int i = 0; i < 100; ++i) CHECK(leak_after() > 2);
}
