// In a coroutine the stack ends where the coroutine begins.
// hooks: open
// lost: cut_stacks
// expect: open-at-end file 1 in leak_it stack leak_it,coroutine
#include <ucontext.h>

#include "victim.h"

static ucontext_t outside, inside;
static volatile int kept;

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static void coroutine(void) {
  kept = leak_it();
  CHECK(kept > 2);
}

void victim(void) {
  CHECK(getcontext(&inside) == 0);
  inside.uc_stack.ss_sp = malloc(1 << 16);
  inside.uc_stack.ss_size = 1 << 16;
  inside.uc_link = &outside;
  makecontext(&inside, coroutine, 0);
  CHECK(swapcontext(&outside, &inside) == 0 && kept > 2);
}
