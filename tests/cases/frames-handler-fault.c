// A handler that interrupted the program's own code at any instruction: the frame below is exact, not a return address.
// hooks: open
// expect: open-at-end file 1 in handler stack handler,~,faulting,victim
#include <setjmp.h>
#include <signal.h>

#include "victim.h"

static sigjmp_buf back;
static volatile int kept;
static int* volatile nowhere;

SITE static void handler(int number) {
  kept = open(PLAIN_FILE, O_RDONLY);
  CHECK(number == SIGSEGV && kept > 2);
  siglongjmp(back, 1);
}
SITE static void faulting(void) { *nowhere = 1; }

void victim(void) {
  CHECK(signal(SIGSEGV, handler) != SIG_ERR);
  if (sigsetjmp(back, 1) == 0) faulting();
  CHECK(kept > 2);
}
