// The end by a signal that the program does not handle: what stands in for the default action.
//
// Once only: the thread that comes first notes the signal, its sender and the stack, has the end worked out on a stack
// of its own, and then lets the kernel do what it would have done: default action back, and the same signal again,
// which strikes as soon as the handler has returned, so that the core dump shows the program where it was (a fault is
// returned into). Another thread waits for that, two seconds at most; a second SIGINT or SIGTERM ends at once.
//
// All of it holds every signal back, takes no lock that the interrupted code could hold (beside.h's is only held with
// signals blocked), and leaves everything alone in a vfork child, in a process that has recorded nothing, and after the
// program's own seccomp filter.
#include <errno.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>

#include "preload/beside.h"
#include "preload/clock.h"
#include "preload/closing.h"
#include "preload/ending.h"
#include "preload/ledger.h"
#include "preload/names.h"
#include "preload/passage.h"
#include "preload/signals.h"
#include "preload/sites.h"
#include "preload/stacks.h"
#include "preload/state.h"
#include "preload/sys.h"

namespace lifeguard::ending {
namespace {

[[WIPED]] HelperStack own_stack;

constexpr uint64_t same_blow_ns = 50'000'000, patience_ns = 2'000'000'000;

// A fault comes again when the instruction is run again.
bool is_fault(int signal, const siginfo_t* info) {
  if (info->si_code <= 0) return false;
  if (signal == SIGBUS) return info->si_code != BUS_MCEERR_AO;
  return signal == SIGSEGV || signal == SIGFPE || signal == SIGILL;
}

// What the kernel would have done.
void default_action(int signal, siginfo_t* info, ucontext_t* context) {
  signals::KernelAction plain = {};
  signals::set(signal, &plain, nullptr);
  if (is_fault(signal, info)) return;
  // sigsuspend and the like come back with another mask than the one the signal came through.
  uint64_t mask;
  memcpy(&mask, &context->uc_sigmask, sizeof mask);
  mask &= ~signals::bit(signal);
  memcpy(&context->uc_sigmask, &mask, sizeof mask);
  long pid = sys::getpid(), tid = sys::gettid();
  if (sys::call_with(__NR_rt_tgsigqueueinfo, pid, tid, signal, info) != 0)
    sys::call_with(__NR_tgkill, pid, tid, signal);
}

uint32_t site_of(const ucontext_t* context) {
  auto& registers = context->uc_mcontext.gregs;
  Caller where{static_cast<uintptr_t>(registers[REG_RIP]), static_cast<uintptr_t>(registers[REG_RSP]),
               static_cast<uintptr_t>(registers[REG_RBP])};
  return book::interrupted_site(where, image.options.depth);
}

struct Job {
  int signal, sender;
  const ucontext_t* context;
};

void work_out(int signal, int sender, const ucontext_t* context) {
  if (process.given_up) return;  // it was ending already
  Job job{signal, sender, context};
  auto entry = [](void* it) -> int {
    auto* its_job = static_cast<Job*>(it);
    note_signal(its_job->signal, its_job->sender);
    memcpy(&signals::held_before, &its_job->context->uc_sigmask, sizeof signals::held_before);
    book::header().end.site = site_of(its_job->context);
    finish_by_signal(its_job->signal);
    return 0;
  };
  lifeguard_on_stack(+entry, &job, &own_stack + 1);
}

int sender_of(const siginfo_t* info) { return info->si_code <= 0 ? info->si_pid : 0; }

bool hurries(int signal) { return signal == SIGINT || signal == SIGTERM; }

bool is_echo(int signal, int sender) {
  return signal == process.end_signal && sender == process.end_sender &&
         clock::now() - process.end_began < same_blow_ns;
}

void wait_for_other() {
  uint64_t until = clock::now() + patience_ns;
  timespec pause = {0, 1'000'000};
  while (!__atomic_load_n(&process.end_done, __ATOMIC_ACQUIRE) && clock::now() < until)
    sys::call_with(__NR_nanosleep, &pause, nullptr);
}

// Whether this thread is the one that works the end out. False, and *gone_on: the signal is no end.
bool is_first_blow(int signal, int sender, bool* gone_on) {
  uint32_t none = 0;
  auto tid = static_cast<uint32_t>(sys::gettid());
  if (__atomic_compare_exchange_n(&process.ender, &none, tid, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
    process.end_sender = sender;
    process.end_began = clock::now();
    __atomic_store_n(&process.end_signal, signal, __ATOMIC_RELEASE);
    return true;
  }
  if (none == tid) return false;
  if (!hurries(signal))
    wait_for_other();
  else
    *gone_on = is_echo(signal, sender);
  return false;
}

}  // namespace

bool in_abort(const void* context) {
  stacks::Stack stack;
  stacks::Trail trail;
  auto& registers = static_cast<const ucontext_t*>(context)->uc_mcontext.gregs;
  stacks::walk({static_cast<uintptr_t>(registers[REG_RIP]), static_cast<uintptr_t>(registers[REG_RSP]),
                static_cast<uintptr_t>(registers[REG_RBP])},
               8, &stack, &trail, true);
  for (unsigned i = 1; i < stack.count; ++i) {
    Line<256> name;
    if (names::exported(stack.pcs[i], &name) && name.slice() == "abort") return true;
  }
  return false;
}

void aborts(const void* context) {
  if (stage() != Stage::recording || process.pid != static_cast<uint32_t>(sys::getpid()) || image.sealed) return;
  bool no_end = false;
  int error = errno;
  if (is_first_blow(SIGABRT, static_cast<int>(process.pid), &no_end)) {
    uint64_t all = ~0ull, before = 0;
    sys::rt_sigprocmask(2 /* SIG_SETMASK */, &all, &before, 8);
    work_out(SIGABRT, static_cast<int>(process.pid), static_cast<const ucontext_t*>(context));
    __atomic_store_n(&process.end_done, 1u, __ATOMIC_RELEASE);
    closing::listeners_give_way();
    sys::rt_sigprocmask(2, &before, nullptr, 8);
  }
  errno = error;
}

extern "C" [[gnu::visibility("hidden"), gnu::used]] void lifeguard_ended_by(int signal, siginfo_t* info,
                                                                            ucontext_t* context) {
  long pid = sys::getpid();
  bool fault = is_fault(signal, info);
  if (pid == 1 && !fault) return;  // the kernel keeps such signals from a pid namespace's first process
  Stage now = stage();
  bool ours = (now == Stage::recording || now == Stage::ended) && process.pid == static_cast<uint32_t>(pid);
  if (!ours || image.sealed) return default_action(signal, info, context);
  bool no_end = false;
  if (is_first_blow(signal, sender_of(info), &no_end)) {
    work_out(signal, sender_of(info), context);
    __atomic_store_n(&process.end_done, 1u, __ATOMIC_RELEASE);
    if (signals::dumping & signals::bit(signal)) closing::listeners_give_way();
  }
  if (!no_end) default_action(signal, info, context);
}

}  // namespace lifeguard::ending
