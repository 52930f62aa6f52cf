// Threads, as far as somebody has to join them. That one has ended is seen without standing in its way: glibc clears
// the thread's id in its control block, which stays until the join.
#include <pthread.h>
#include <threads.h>

#include "preload/hook.h"
#include "preload/state.h"
#include "preload/sys.h"
#include "preload/things.h"

namespace lifeguard {
namespace {

uint64_t id_of(pthread_t thread) { return static_cast<uint64_t>(thread); }

constexpr int detached_early = -1;

void began(pthread_t thread, bool detached, Caller caller) {
  if (detached) return;  // nobody's to join; its control block may be gone already
  ledger::Thing* early = thing(Kind::thread, id_of(thread));
  if (early && early->status == detached_early) {  // it detached itself before we came to note it
    early->status = 0;
    return;
  }
  took(Kind::thread, id_of(thread), {}, 0, caller);
}

void detached(pthread_t thread, ledger::Thing* known) {
  if (!known || (ledger::word_flags(known->word) & ledger::thing_detached)) {
    took(Kind::thread, id_of(thread), {}, ledger::thing_detached);
    if (ledger::Thing* early = lifeguard::thing(Kind::thread, id_of(thread))) early->status = detached_early;
    return;
  }
  if (!image.tid_offset) return;
  auto tid = *reinterpret_cast<const volatile int*>(id_of(thread) + image.tid_offset);
  if (tid == 0) {
    gave(Kind::thread, id_of(thread));
  } else {
    known->status = tid;
    thing_flags(known, ledger::thing_detached);
  }
}

bool wants_detached(const pthread_attr_t* attributes) {
  int state = PTHREAD_CREATE_JOINABLE;
  return attributes && pthread_attr_getdetachstate(attributes, &state) == 0 && state == PTHREAD_CREATE_DETACHED;
}

}  // namespace

HOOK(int, pthread_create,
     (pthread_t* __restrict thread, const pthread_attr_t* __restrict attributes, void* (*run)(void*),
      void* __restrict argument)) {
  bool nobodys = wants_detached(attributes);
  image.one_thread = false;
  int result = REAL(pthread_create)(thread, attributes, run, argument);
  if (result == 0 && !nobodys) began(*thread, false, Caller::here());
  return result;
}
HOOK(int, thrd_create, (thrd_t * thread, thrd_start_t run, void* argument)) {
  image.one_thread = false;
  int result = REAL(thrd_create)(thread, run, argument);
  if (result == thrd_success) began(*thread, false, Caller::here());
  return result;
}

// The handle is good for another thread as soon as the join has returned: forgotten only if it is still the same
// record.
#define JOIN(name, parameters, arguments, success)                                            \
  HOOK(int, name, parameters) {                                                               \
    ledger::Thing* known = thing(Kind::thread, id_of(joined));                                \
    uint64_t word = known ? known->word : 0;                                                  \
    int result = REAL(name) arguments;                                                        \
    if (result == success && known && known->word == word) gave(Kind::thread, id_of(joined)); \
    return result;                                                                            \
  }
JOIN(pthread_join, (pthread_t joined, void** value), (joined, value), 0)
JOIN(pthread_tryjoin_np, (pthread_t joined, void** value), (joined, value), 0)
JOIN(pthread_timedjoin_np, (pthread_t joined, void** value, const timespec* until), (joined, value, until), 0)
JOIN(pthread_clockjoin_np, (pthread_t joined, void** value, clockid_t clock, const timespec* until),
     (joined, value, clock, until), 0)
JOIN(thrd_join, (thrd_t joined, int* value), (joined, value), thrd_success)

HOOK(int, pthread_detach, (pthread_t thread)) {
  detached(thread, lifeguard::thing(Kind::thread, id_of(thread)));
  return REAL(pthread_detach)(thread);
}
HOOK(int, thrd_detach, (thrd_t thread)) {
  detached(thread, lifeguard::thing(Kind::thread, id_of(thread)));
  return REAL(thrd_detach)(thread);
}

}  // namespace lifeguard
