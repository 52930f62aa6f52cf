// A handler on a stack of its own: the walk crosses from one stack to the other.
// hooks: open
// expect: open-at-end file 1 in handler stack handler,~,interrupted,victim
#include <signal.h>

#include "victim.h"

static volatile int kept;

SITE static void handler(int number) {
  kept = open(PLAIN_FILE, O_RDONLY);
  CHECK(number == SIGUSR1 && kept > 2);
}
SITE static void interrupted(void) { CHECK(raise(SIGUSR1) == 0); }

void victim(void) {
  stack_t other = {.ss_sp = malloc(1 << 16), .ss_size = 1 << 16}, none = {.ss_flags = SS_DISABLE};
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
  CHECK(sigaltstack(&other, NULL) == 0 && sigaction(SIGUSR1, &action, NULL) == 0);
  interrupted();
  CHECK(kept > 2 && sigaltstack(&none, NULL) == 0);
}
