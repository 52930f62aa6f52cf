// signalfd on a descriptor that is one already changes its mask, and makes no second one.
// hooks: signalfd
// expect: open-at-end event 1 in leak_signalfd detail *signalfd*
#include <signal.h>
#include <sys/signalfd.h>

#include "victim.h"

static sigset_t mask;

SITE static int leak_signalfd(int fd) { return signalfd(fd, &mask, 0); }
SITE static int change_mask(int fd) { return signalfd(fd, &mask, 0); }

void victim(void) {
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR1);
  int fd = leak_signalfd(-1), other = leak_signalfd(-1);
  CHECK(fd > 2 && other > 2);
  sigaddset(&mask, SIGUSR2);
  CHECK(change_mask(fd) == fd && change_mask(other) == other);
  CHECK(close(other) == 0);
}
