// Descriptors that stand for events: what they are for is said in words.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include "preload/hook.h"
#include "preload/tracker.h"

namespace lifeguard {
namespace {

Detail word(const char* text, bool cloexec) { return Detail::text(text, cloexec_if(cloexec)); }

}  // namespace

HOOK(int, epoll_create, (int size)) { return acquired(Kind::event, REAL(epoll_create)(size), word("epoll", false)); }
HOOK(int, epoll_create1, (int flags)) {
  return acquired(Kind::event, REAL(epoll_create1)(flags), word("epoll", flags & EPOLL_CLOEXEC));
}
HOOK(int, eventfd, (unsigned int count, int flags)) {
  return acquired(Kind::event, REAL(eventfd)(count, flags), word("eventfd", flags & EFD_CLOEXEC));
}
HOOK(int, timerfd_create, (clockid_t clock, int flags)) {
  return acquired(Kind::event, REAL(timerfd_create)(clock, flags), word("timerfd", flags & TFD_CLOEXEC));
}
// With a descriptor given, that one's mask is changed and it is returned: nothing new.
HOOK(int, signalfd, (int fd, const sigset_t* mask, int flags)) {
  int result = REAL(signalfd)(fd, mask, flags);
  return fd == -1 ? acquired(Kind::event, result, word("signalfd", flags & SFD_CLOEXEC)) : result;
}
HOOK(int, inotify_init, ()) { return acquired(Kind::event, REAL(inotify_init)(), word("inotify", false)); }
HOOK(int, inotify_init1, (int flags)) {
  return acquired(Kind::event, REAL(inotify_init1)(flags), word("inotify", flags & IN_CLOEXEC));
}
HOOK(int, fanotify_init, (unsigned int flags, unsigned int event_flags)) {
  return acquired(Kind::event, REAL(fanotify_init)(flags, event_flags), word("fanotify", flags & FAN_CLOEXEC));
}

}  // namespace lifeguard
