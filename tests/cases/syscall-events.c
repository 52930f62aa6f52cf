// What programs make through syscall() because libc has, or had, no wrapper for it.
// hooks: syscall
// expect: open-at-end memfd 1 in leak_memfd detail *nameplate*
// expect: open-at-end event 1 in leak_eventfd detail *eventfd*
// expect: open-at-end event 1 in leak_epoll detail *poll*
// expect: open-at-end event 1 in leak_timerfd detail *timerfd*
// expect: open-at-end event 1 in leak_inotify detail *inotify*
// expect: open-at-end event 1 in leak_signalfd detail *signalfd*
// expect: open-at-end event 1 in leak_pidfd detail *pidfd*
#include <signal.h>
#include <time.h>

#include "victim.h"

SITE static int leak_memfd(void) { return (int)syscall(SYS_memfd_create, "nameplate", 0); }
SITE static int leak_eventfd(void) { return (int)syscall(SYS_eventfd2, 0, 0); }
SITE static int leak_epoll(void) { return (int)syscall(SYS_epoll_create1, 0); }
SITE static int leak_timerfd(void) { return (int)syscall(SYS_timerfd_create, CLOCK_MONOTONIC, 0); }
SITE static int leak_inotify(void) { return (int)syscall(SYS_inotify_init1, 0); }
SITE static int leak_pidfd(void) { return (int)syscall(SYS_pidfd_open, getpid(), 0); }
SITE static int leak_signalfd(void) {
  unsigned long mask = 1ul << (SIGUSR1 - 1);
  return (int)syscall(SYS_signalfd4, -1, &mask, sizeof mask, 0);
}

void victim(void) {
  leaked_once(leak_memfd);
  leaked_once(leak_eventfd);
  leaked_once(leak_epoll);
  leaked_once(leak_timerfd);
  leaked_once(leak_inotify);
  leaked_once(leak_signalfd);
  leaked_once(leak_pidfd);
}
