// Opened in a signal handler: the handler, and below it what it interrupted.
// hooks: open
// expect: open-at-end file 1 in handler stack handler,~,interrupted,victim
#include <signal.h>

#include "victim.h"

static volatile int kept;

SITE static void handler(int number) {
  int before = errno;
  kept = open(PLAIN_FILE, O_RDONLY);
  CHECK(number == SIGUSR1 && kept > 2);
  errno = before;
}
SITE static void interrupted(void) { CHECK(raise(SIGUSR1) == 0); }

void victim(void) {
  CHECK(signal(SIGUSR1, handler) != SIG_ERR);
  interrupted();
  CHECK(kept > 2);
}
