// Threads, as far as somebody has to join them. That one has ended is seen without standing in its way: glibc clears
// the thread's id in its control block, which stays until the join.
#include <pthread.h>
#include <threads.h>

#include "preload/hook.h"
#include "preload/ledger.h"
#include "preload/limits.h"
#include "preload/python.h"
#include "preload/state.h"
#include "preload/things.h"

namespace lifeguard {
namespace {

uint64_t id_of(pthread_t thread) { return static_cast<uint64_t>(thread); }

// A thread may be detached or joined before its creator has come to note it: then a line about it is left here, and who
// comes second, the creator or the leaver of the line, acts on it.
constexpr uint64_t being_written = 1;

void leave_note(uint64_t id, int tid) {
  for (Process::EarlyThread& note : process.early_threads) {
    uint64_t free = 0;
    if (!__atomic_compare_exchange_n(&note.id, &free, being_written, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
      continue;
    note.tid = tid;
    __atomic_store_n(&note.id, id, __ATOMIC_SEQ_CST);
    return;
  }
  book::count_lost(&ledger::Lost::things);
}

bool take_note(uint64_t id, int* tid) {
  for (Process::EarlyThread& note : process.early_threads) {
    uint64_t there = id;
    if (!__atomic_compare_exchange_n(&note.id, &there, being_written, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
      continue;
    *tid = note.tid;
    __atomic_store_n(&note.id, uint64_t{0}, __ATOMIC_RELEASE);
    return true;
  }
  return false;
}

// Nobody has to join it any more. tid: 0: it has ended.
void no_longer_joinable(uint64_t id, ledger::Thing* known, int tid) {
  if (tid == 0) {
    gave(Kind::thread, id);
  } else {
    known->status = tid;
    thing_flags(known, ledger::thing_detached);
  }
}

// The record of a thread that is still to be joined; one that is detached is of an earlier thread with this handle.
ledger::Thing* joinable(uint64_t id) {
  ledger::Thing* known = thing(Kind::thread, id);
  return known && !(ledger::word_flags(known->word) & ledger::thing_detached) ? known : nullptr;
}

void let_go(uint64_t id, int tid) {
  ledger::Thing* known = joinable(id);
  if (!known) {
    if (lifeguard_vfork_depth || __atomic_load_n(&process.threads_in_making, __ATOMIC_SEQ_CST) == 0) return;
    leave_note(id, tid);
    known = joinable(id);
    if (!known || !take_note(id, &tid)) return;
  }
  no_longer_joinable(id, known, tid);
}

void detached(pthread_t thread) {
  if (!image.tid_offset) return;
  let_go(id_of(thread), *reinterpret_cast<const volatile int*>(id_of(thread) + image.tid_offset));
}

// From before a thread can run until it is noted.
class Making {
 public:
  Making() {
    process.one_thread = false;
    __atomic_fetch_add(&process.threads_in_making, 1u, __ATOMIC_SEQ_CST);
  }
  ~Making() { __atomic_fetch_sub(&process.threads_in_making, 1u, __ATOMIC_SEQ_CST); }
  void made(pthread_t thread, Caller caller) const {
    char name[ledger::detail_size / 2];
    bool named = python::name_of_new_thread(name, sizeof name);
    took(Kind::thread, id_of(thread), named ? Detail::text(name) : Detail(), 0, caller);
    int tid = 0;
    ledger::Thing* known;
    if (take_note(id_of(thread), &tid) && (known = joinable(id_of(thread))))
      no_longer_joinable(id_of(thread), known, tid);
  }
};

bool wants_detached(const pthread_attr_t* attributes) {
  int state = PTHREAD_CREATE_JOINABLE;
  return attributes && pthread_attr_getdetachstate(attributes, &state) == 0 && state == PTHREAD_CREATE_DETACHED;
}

}  // namespace

HOOK(int, pthread_create,
     (pthread_t* __restrict thread, const pthread_attr_t* __restrict attributes, void* (*run)(void*),
      void* __restrict argument)) {
  bool nobodys = wants_detached(attributes);  // its control block may be gone at any time: nothing is noted
  Making making;
  int result = REAL(pthread_create)(thread, attributes, run, argument);
  if (result == 0 && !nobodys) making.made(*thread, Caller::here());
  if (__builtin_expect(result != 0, 0)) limits::refused_process(result);
  return result;
}
HOOK(int, thrd_create, (thrd_t * thread, thrd_start_t run, void* argument)) {
  Making making;
  int result = REAL(thrd_create)(thread, run, argument);
  if (result == thrd_success) making.made(*thread, Caller::here());
  return result;
}

// The handle is good for another thread as soon as the join has returned: forgotten only if it is still the same
// record.
#define JOIN(name, parameters, arguments, success)                       \
  HOOK(int, name, parameters) {                                          \
    ledger::Thing* known = joinable(id_of(joined));                      \
    uint64_t word = known ? known->word : 0;                             \
    int result = REAL(name) arguments;                                   \
    if (result != success) return result;                                \
    if (!known) let_go(id_of(joined), 0);                                \
    if (known && known->word == word) gave(Kind::thread, id_of(joined)); \
    return result;                                                       \
  }
JOIN(pthread_join, (pthread_t joined, void** value), (joined, value), 0)
JOIN(pthread_tryjoin_np, (pthread_t joined, void** value), (joined, value), 0)
JOIN(pthread_timedjoin_np, (pthread_t joined, void** value, const timespec* until), (joined, value, until), 0)
JOIN(pthread_clockjoin_np, (pthread_t joined, void** value, clockid_t clock, const timespec* until),
     (joined, value, clock, until), 0)
JOIN(thrd_join, (thrd_t joined, int* value), (joined, value), thrd_success)

HOOK(int, pthread_detach, (pthread_t thread)) {
  detached(thread);
  return REAL(pthread_detach)(thread);
}
HOOK(int, thrd_detach, (thrd_t thread)) {
  detached(thread);
  return REAL(thrd_detach)(thread);
}

}  // namespace lifeguard
