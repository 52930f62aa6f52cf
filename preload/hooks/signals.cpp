// How a program sets and asks for signal actions: what it gives is passed on with the handler's address exchanged, what
// it asks for is changed back (signals.h). sigignore, sighold and the masks need nothing of that.
#include <errno.h>
#include <signal.h>

#include "preload/hook.h"
#include "preload/signals.h"

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // sigset, siginterrupt: programs use them all the same

namespace lifeguard {
namespace {

// After a call that may have set the default action.
void settle(int signal, bool worked, bool is_default) {
  if (worked && is_default) signals::stand_in(signal);
}

}  // namespace

#define SIGACTION(declare, name)                                                               \
  declare(int, name, (int signal, const struct sigaction* action, struct sigaction* before)) { \
    if (!signals::watched(signal)) return REAL(name)(signal, action, before);                  \
    struct sigaction given;                                                                    \
    if (action) {                                                                              \
      given = *action;                                                                         \
      given.sa_handler = signals::entry_for(given.sa_handler, given.sa_flags);                 \
    }                                                                                          \
    int result = REAL(name)(signal, action ? &given : nullptr, before);                        \
    if (result == 0 && before) signals::own(before);                                           \
    settle(signal, result == 0, action && given.sa_handler == SIG_DFL);                        \
    return result;                                                                             \
  }
SIGACTION(HOOK, sigaction)
SIGACTION(HOOK_UNDECLARED, __sigaction)

// Those that take a handler alone: libc chooses the flags.
#define SIGNAL(declare, name, flags)                                                  \
  declare(signals::Handler, name, (int signal, signals::Handler handler)) {           \
    if (!signals::watched(signal)) return REAL(name)(signal, handler);                \
    signals::Handler before = REAL(name)(signal, signals::entry_for(handler, flags)); \
    settle(signal, before != SIG_ERR, handler == SIG_DFL);                            \
    return signals::own(before);                                                      \
  }
SIGNAL(HOOK, signal, 0)
SIGNAL(HOOK, ssignal, 0)
SIGNAL(HOOK_UNDECLARED, bsd_signal, 0)
SIGNAL(HOOK, sysv_signal, SA_RESETHAND)
SIGNAL(HOOK, __sysv_signal, SA_RESETHAND)
SIGNAL(HOOK, sigset, 0)

HOOK(int, siginterrupt, (int signal, int interrupt)) {
  int result = REAL(siginterrupt)(signal, interrupt);
  if (result == 0 && signals::watched(signal))
    signals::given_again(signal, interrupt ? SA_RESTART : 0, interrupt ? 0 : SA_RESTART);
  return result;
}

}  // namespace lifeguard
