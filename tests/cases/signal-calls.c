// Every way to set a handler leads to the program's own, and what it opens is its own; tests/signals has the semantics.
// hooks: sigaction __sigaction signal ssignal bsd_signal sysv_signal __sysv_signal sigset siginterrupt open
// expect: open-at-end file 9 in handler detail /etc/passwd
#include <signal.h>

#include "victim.h"

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

typedef void (*Handler)(int);
Handler bsd_signal(int, Handler);
Handler __sysv_signal(int, Handler);
int __sigaction(int, const struct sigaction*, struct sigaction*);

static volatile int hits;

SITE static void handler(int number) {
  CHECK(number == SIGTERM && open(PLAIN_FILE, O_RDONLY) > 2);
  ++hits;
}

static struct sigaction action = {.sa_handler = handler}, before;

static Handler set_by(int way) {
  switch (way) {
    case 0:
      return sigaction(SIGTERM, &action, &before) == 0 ? before.sa_handler : SIG_ERR;
    case 1:
      return __sigaction(SIGTERM, &action, &before) == 0 ? before.sa_handler : SIG_ERR;
    case 2:
      return signal(SIGTERM, handler);
    case 3:
      return ssignal(SIGTERM, handler);
    case 4:
      return bsd_signal(SIGTERM, handler);
    case 5:
      return siginterrupt(SIGTERM, 1) == 0 ? handler : SIG_ERR;
    case 6:
      return sysv_signal(SIGTERM, handler);
    case 7:
      return __sysv_signal(SIGTERM, handler);
    default:
      return sigset(SIGTERM, handler);
  }
}

void victim(void) {
  struct sigaction plain = {.sa_handler = SIG_DFL};
  for (int way = 0; way < 9; ++way) {
    Handler had = set_by(way);
    CHECK(had == (way == 0 || way > 6 ? SIG_DFL : handler));  // those of System V last for one signal
    raise(SIGTERM);
    CHECK(hits == way + 1);
  }
  CHECK(sigaction(SIGTERM, &plain, &before) == 0 && before.sa_handler == handler);
}
