#include "preload/signals.h"

#include <string.h>
#include <ucontext.h>

#include "preload/clock.h"
#include "preload/ending.h"
#include "preload/ledger.h"
#include "preload/proc.h"
#include "preload/real.h"
#include "preload/state.h"
#include "preload/sys.h"

extern "C" {
[[gnu::visibility("hidden")]] extern const char lifeguard_chain_entries[];
[[gnu::visibility("hidden")]] extern const char lifeguard_default_entries[];
}

namespace lifeguard::signals {
namespace {

constexpr uintptr_t entry_size = 16, chains = 256, looks = 64;

// A handler of the program, in one word: its address, and of its flags what the entry has to know. Filled from the
// front, never changed, so that a look-up needs no lock anywhere.
constexpr uint64_t with_info = 1ull << 62, only_once = 1ull << 61, address = (1ull << 56) - 1;
uint64_t handlers[chains] = {};

// A look of SIG_DFL: what a query shows beside it.
struct Look {
  uint32_t whole;  // 1 once the rest is written
  uint64_t flags;
  uintptr_t restorer;
  uint64_t mask;
};
Look default_looks[looks] = {};
uint32_t looks_used = 0;

bool on = false;
uintptr_t restorer = 0;  // libc's: it has to be in every action

constexpr uint64_t flag_restorer = 0x04000000;
constexpr uint64_t everything = ~0ull;

// None of SIG_DFL, SIG_IGN, SIG_HOLD (sigset's) and SIG_ERR.
bool is_function(uintptr_t handler) { return handler > reinterpret_cast<uintptr_t>(SIG_HOLD) && handler != ~0ul; }

bool in_row(uintptr_t handler, const char* row, uintptr_t entries, uint32_t* number) {
  uintptr_t offset = handler - reinterpret_cast<uintptr_t>(row);
  if (offset >= entries * entry_size) return false;
  *number = static_cast<uint32_t>(offset / entry_size);
  return true;
}

bool is_chain(uintptr_t handler, uint32_t* number) { return in_row(handler, lifeguard_chain_entries, chains, number); }
bool is_default(uintptr_t handler, uint32_t* number) {
  return in_row(handler, lifeguard_default_entries, looks, number);
}

// 0: no place is left.
uintptr_t chain_for(uintptr_t handler, uint64_t flags) {
  uint64_t word = handler | (flags & SA_SIGINFO ? with_info : 0) | (flags & SA_RESETHAND ? only_once : 0);
  for (uint32_t i = 0; i < chains; ++i) {
    uint64_t there = __atomic_load_n(&handlers[i], __ATOMIC_ACQUIRE);
    if (!there && __atomic_compare_exchange_n(&handlers[i], &there, word, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
      there = word;
    if (there == word) return reinterpret_cast<uintptr_t>(lifeguard_chain_entries) + i * entry_size;
  }
  if (stage() == Stage::recording && !lifeguard_vfork_depth) book::count_lost(&ledger::Lost::handlers);
  return 0;
}

uintptr_t default_for(const KernelAction& action) {
  uint32_t used = __atomic_load_n(&looks_used, __ATOMIC_ACQUIRE);
  auto place = [](uint32_t i) { return reinterpret_cast<uintptr_t>(lifeguard_default_entries) + i * entry_size; };
  for (uint32_t i = 0; i < used && i < looks; ++i) {
    const Look& look = default_looks[i];
    if (__atomic_load_n(&look.whole, __ATOMIC_ACQUIRE) && look.flags == action.flags &&
        look.restorer == action.restorer && look.mask == action.mask)
      return place(i);
  }
  uint32_t mine = used < looks ? __atomic_fetch_add(&looks_used, 1, __ATOMIC_ACQ_REL) : looks;
  if (mine >= looks) return 0;
  Look& look = default_looks[mine];
  look.flags = action.flags;
  look.restorer = action.restorer;
  look.mask = action.mask;
  __atomic_store_n(&look.whole, 1u, __ATOMIC_RELEASE);
  return place(mine);
}

KernelAction as_default(const Look& look) { return {0, look.flags, look.restorer, look.mask}; }

// Ours in place of a default action that looks like that; SIG_DFL itself where no entry is left. An alternate stack is
// used only where the other one may be at its end: a program that has no handler for a signal may have one too small,
// or have given its memory back.
KernelAction in_place_of(int signal, const KernelAction& action) {
  uintptr_t entry = default_for(action);
  if (!entry) return action;
  bool may_be_full = signal == SIGSEGV || signal == SIGBUS;
  uint64_t flags = SA_SIGINFO | SA_RESTART | (may_be_full ? SA_ONSTACK : 0);
  return {entry, flags | flag_restorer, restorer, everything};
}

bool same(const KernelAction& a, const KernelAction& b) {
  return a.handler == b.handler && a.flags == b.flags && a.restorer == b.restorer && a.mask == b.mask;
}

// libc's restorer is known by what it gives the kernel.
void learn_restorer() {
  KernelAction before, now;
  struct sigaction action = {};
  action.sa_handler = SIG_IGN;
  if (ask(SIGSTKFLT, &before) != 0 || sigaction(SIGSTKFLT, &action, nullptr) != 0) return;
  set(SIGSTKFLT, &before, &now);
  if (now.flags & flag_restorer) restorer = now.restorer;
}

template <typename Visit>
void each(Visit visit) {
  for (int signal = 1; signal <= 31; ++signal)
    if (ends_a_process(signal)) visit(signal);
}

}  // namespace

uint64_t held_before = 0;

long ask(int signal, KernelAction* action) { return sys::call_with(__NR_rt_sigaction, signal, nullptr, action, 8); }
long set(int signal, const KernelAction* action, KernelAction* before) {
  return sys::call_with(__NR_rt_sigaction, signal, action, before, 8);
}

void start() {
  if (!image.options.signals) return;
  learn_restorer();
  if (!restorer) return;
  on = true;
  // The kernel keeps signals without a handler from the first process of a pid namespace: one with a handler of ours
  // would be ended by them.
  if (image.owner == 1) return;
  // Nearly all are as exec leaves them, so that one call does; where one is not, it is put back at once.
  uint64_t all = ~0ull, held = 0;
  sys::rt_sigprocmask(SIG_SETMASK, &all, &held, 8);
  each([](int signal) {
    KernelAction untouched = {}, before;
    KernelAction ours = in_place_of(signal, untouched);
    if (set(signal, &ours, &before) != 0 || same(before, untouched)) return;
    set(signal, &before, nullptr);
    stand_in(signal);
  });
  sys::rt_sigprocmask(SIG_SETMASK, &held, nullptr, 8);
}

void forked() {
  if (on && image.owner == 1 && sys::getpid() != 1) each(stand_in);
}

void seal() {
  if (!on) return;
  each([](int signal) {
    KernelAction now;
    uint32_t number;
    if (ask(signal, &now) != 0 || !is_default(now.handler, &number)) return;
    KernelAction plain = as_default(default_looks[number]);
    set(signal, &plain, nullptr);
  });
}

void unseal() {
  if (on) each(stand_in);
}

bool watched(int signal) { return on && ends_a_process(signal); }

Handler entry_for(Handler handler, int flags) {
  auto plain = reinterpret_cast<uintptr_t>(handler);
  if (!is_function(plain) || plain & ~address) return handler;
  uint32_t number;
  if (is_chain(plain, &number) || is_default(plain, &number)) return handler;
  uintptr_t entry = chain_for(plain, static_cast<uint64_t>(flags));
  return entry ? reinterpret_cast<Handler>(entry) : handler;
}

Handler own(Handler installed) {
  uint32_t number;
  if (is_chain(reinterpret_cast<uintptr_t>(installed), &number))
    return reinterpret_cast<Handler>(handlers[number] & address);
  if (is_default(reinterpret_cast<uintptr_t>(installed), &number)) return SIG_DFL;
  return installed;
}

void own(KernelAction* action) {
  uint32_t number;
  if (is_default(action->handler, &number))
    *action = as_default(default_looks[number]);
  else
    action->handler = reinterpret_cast<uintptr_t>(own(reinterpret_cast<Handler>(action->handler)));
}

void own(struct sigaction* action) {
  uint32_t number;
  if (is_default(reinterpret_cast<uintptr_t>(action->sa_handler), &number)) {
    const Look& look = default_looks[number];
    action->sa_handler = SIG_DFL;
    action->sa_flags = static_cast<int>(look.flags);
    action->sa_restorer = reinterpret_cast<void (*)()>(look.restorer);
    memcpy(&action->sa_mask, &look.mask, sizeof look.mask);
  } else {
    action->sa_handler = own(action->sa_handler);
  }
}

void stand_in(int signal) {
  KernelAction now, before;
  if (!on || image.sealed || lifeguard_vfork_depth || ask(signal, &now) != 0) return;
  KernelAction wanted = now;
  if (now.handler == reinterpret_cast<uintptr_t>(SIG_DFL)) {
    wanted = in_place_of(signal, now);
  } else {
    wanted.handler =
        reinterpret_cast<uintptr_t>(entry_for(reinterpret_cast<Handler>(now.handler), static_cast<int>(now.flags)));
  }
  if (wanted.handler == now.handler || set(signal, &wanted, &before) != 0) return;
  if (!same(before, now)) set(signal, &before, nullptr);  // another thread has just set what it wants
}

void given_again(int signal, uint64_t flags_off, uint64_t flags_on) {
  KernelAction now;
  uint32_t number;
  if (!on || image.sealed || lifeguard_vfork_depth || ask(signal, &now) != 0 || !is_default(now.handler, &number))
    return;
  KernelAction plain = as_default(default_looks[number]);
  plain.flags = (plain.flags & ~flags_off) | flags_on | flag_restorer;
  plain.restorer = restorer;
  KernelAction ours = in_place_of(signal, plain);
  set(signal, &ours, nullptr);
}

namespace {

// What waits for the process itself, as a helper can see it.
uint64_t pending_in_process() {
  char text[4096];
  Line<64> path;
  path << "/proc/" << static_cast<uint64_t>(process.pid) << "/status";
  int n = proc::read_file(path.c_str(), text, sizeof text);
  Slice rest(text, n > 0 ? static_cast<size_t>(n) : 0);
  uint64_t pending = 0;
  while (!rest.empty()) {
    Slice line = take_until(&rest, '\n');
    if (!starts_with(line, "SigPnd:\t") && !starts_with(line, "ShdPnd:\t")) continue;
    uint64_t set = 0;
    for (char c : line.from(8)) set = set << 4 | static_cast<uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
    pending |= set;
  }
  return pending;
}

}  // namespace

bool impatient() {
  static bool already = false;
  static uint64_t echoes = 0;  // that wait where they cannot be taken away from here
  if (already) return true;
  constexpr uint64_t hurry = bit(SIGINT) | bit(SIGTERM), same_blow_ns = 50'000'000;
  uint64_t pending = 0;
  sys::call_with(__NR_rt_sigpending, &pending, 8);
  bool helper = process.pid != static_cast<uint32_t>(sys::getpid());
  if (helper) pending |= pending_in_process();
  pending &= hurry & ~held_before & ~echoes;
  constexpr int both[] = {SIGINT, SIGTERM};
  for (int signal : both) {
    KernelAction action;
    bool ignored =
        (pending & bit(signal)) && ask(signal, &action) == 0 && action.handler == reinterpret_cast<uintptr_t>(SIG_IGN);
    if (ignored) pending &= ~bit(signal);
  }
  if (!pending) return false;
  bool same_blow = process.end_signal && clock::now() - process.end_began < same_blow_ns;
  if (same_blow && helper) {
    echoes |= bit(process.end_signal);
    if (!(pending & ~echoes)) return false;
  } else if (same_blow) {
    siginfo_t info = {};
    timespec now = {};
    long got = sys::call_with(__NR_rt_sigtimedwait, &pending, &info, &now, 8);
    if (got == process.end_signal && info.si_pid == process.end_sender) return false;
  }
  return already = true;
}

namespace {

// A handler of the program is about to run: kept is only what may be followed by an end.
void note(int signal, const siginfo_t* info) {
  constexpr uint64_t asks_to_end =
      bit(SIGHUP) | bit(SIGINT) | bit(SIGQUIT) | bit(SIGTERM) | bit(SIGABRT) | bit(SIGXCPU) | bit(SIGPWR);
  if (!(asks_to_end & bit(signal)) || stage() != Stage::recording || lifeguard_vfork_depth) return;
  ledger::Handled& handled = book::header().handled;
  handled.time = clock::now();
  handled.signal = signal;
  handled.sender = info && info->si_code <= 0 ? info->si_pid : 0;
}

void nothing_more(int) {}

}  // namespace

extern "C" {

[[gnu::visibility("hidden"), gnu::used]] uintptr_t lifeguard_chained(int signal, siginfo_t* info, void* context,
                                                                     uint32_t number) {
  uint64_t word = __atomic_load_n(&handlers[number], __ATOMIC_RELAXED);
  uintptr_t handler = word & address;
  if (__builtin_expect((word & only_once) != 0, 0)) stand_in(signal);
  note(signal, word & with_info ? info : nullptr);  // without SA_SIGINFO the kernel leaves it unwritten
  if (__builtin_expect(signal == SIGABRT, 0) && ending::in_abort(context)) {
    // abort() ends the process by itself once the handler returns, and passes no hook on the way.
    reinterpret_cast<void (*)(int, siginfo_t*, void*)>(handler)(signal, info, context);
    ending::aborts(context);
    return reinterpret_cast<uintptr_t>(&nothing_more);
  }
  return handler;
}

}  // extern "C"

}  // namespace lifeguard::signals
