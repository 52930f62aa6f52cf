// The descriptors that carry events: one kind, and the detail says which.
// hooks: epoll_create epoll_create1 eventfd timerfd_create signalfd inotify_init inotify_init1 memfd_create
// expect: open-at-end event 1 in leak_epoll detail *poll*
// expect: open-at-end event 1 in leak_epoll1 detail *poll*
// expect: open-at-end event 1 in leak_eventfd detail *eventfd*
// expect: open-at-end event 1 in leak_timerfd detail *timerfd*
// expect: open-at-end event 1 in leak_signalfd detail *signalfd*
// expect: open-at-end event 1 in leak_inotify detail *inotify*
// expect: open-at-end event 1 in leak_inotify1 detail *inotify*
// expect: open-at-end memfd 1 in leak_memfd detail *nameplate*
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include "victim.h"

SITE static int leak_epoll(void) { return epoll_create(1); }
SITE static int leak_epoll1(void) { return epoll_create1(EPOLL_CLOEXEC); }
SITE static int leak_eventfd(void) { return eventfd(0, 0); }
SITE static int leak_timerfd(void) { return timerfd_create(CLOCK_MONOTONIC, 0); }
SITE static int leak_inotify(void) { return inotify_init(); }
SITE static int leak_inotify1(void) { return inotify_init1(IN_CLOEXEC); }
SITE static int leak_memfd(void) { return memfd_create("nameplate", MFD_CLOEXEC); }
SITE static int leak_signalfd(void) {
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR1);
  return signalfd(-1, &mask, 0);
}

void victim(void) {
  leaked_once(leak_epoll);
  leaked_once(leak_epoll1);
  leaked_once(leak_eventfd);
  leaked_once(leak_timerfd);
  leaked_once(leak_signalfd);
  leaked_once(leak_inotify);
  leaked_once(leak_inotify1);
  leaked_once(leak_memfd);
}
