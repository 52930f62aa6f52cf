// A handler on an alternate stack of the size that SIGSTKSZ once was, of which the kernel's frame takes a good part.
// hooks: open
// expect: open-at-end file 1 in handler
#include <signal.h>
#include <sys/mman.h>

#include "victim.h"

static volatile int kept;

SITE static void handler(int number) {
  kept = open(PLAIN_FILE, O_RDONLY);
  CHECK(number == SIGUSR1 && kept > 2);
}

void victim(void) {
  // A page that cannot be touched lies below: running over is a fault, not a guess.
  char* room = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(room != MAP_FAILED && mprotect(room, 4096, PROT_NONE) == 0);
  stack_t other = {.ss_sp = room + 4096, .ss_size = 8192}, none = {.ss_flags = SS_DISABLE};
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  if (sigaltstack(&other, NULL) != 0) skip("the kernel's signal frame needs more");
  CHECK(raise(SIGUSR1) == 0 && kept > 2 && sigaltstack(&none, NULL) == 0);
}
