// A handler that jumps out of a call it interrupted: the calls after it are noted like those before.
// hooks: open accept
// expect: open-at-end file 100 in leak_after
// expect: open-at-end listener 1 in make_listener detail 127.0.0.1:*
#include <setjmp.h>
#include <signal.h>
#include <sys/time.h>

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
  for (volatile int i = 0; i < 3; ++i) {
    if (sigsetjmp(back, 1) == 0) {
      struct itimerval soon = {.it_value = {.tv_usec = 5000}, .it_interval = {.tv_usec = 5000}};
      CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
      for (;;) accept(listener, NULL, NULL);
    }
    struct itimerval never = {0};
    CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
  }
  for (int i = 0; i < 100; ++i) CHECK(leak_after() > 2);
}
