#include "preload/stacks.h"

#include <sys/mman.h>
#include <ucontext.h>

#include "preload/spare.h"
#include "preload/state.h"
#include "preload/sys.h"
#include "preload/unwind_rules.h"
#include "src/ledger/layout.h"

extern "C" void* __libc_stack_end;  // the loader's note of where the first thread's stack began

namespace lifeguard::stacks {
namespace {

struct Known {
  uint64_t pc;    // exact_bit where the address is the interrupted instruction itself
  uint64_t rule;  // Rule::pack(), 0 while not known
};
constexpr uint64_t exact_bit = 1ull << 63;

// Tables of growing size; the last one is current. Earlier ones stay readable for whoever is inside a look-up, and
// their entries move on when they are next asked for.
struct Table {
  Known* entries;
  uint32_t mask;
  uint32_t used;  // roughly: raised without care for exactness
};
// A page of them is enough for most programs; the next are there to grow into without asking for memory.
[[OWN_PAGES]] Known few_entries[256];
[[OWN_PAGES]] Known more_entries[4096];
Table tables[7] = {{few_entries, 255, 0}};
uint32_t current = 0;
bool sealed = false;
constexpr unsigned probes = 16;

inline uint32_t slot_of(uint64_t pc, uint32_t mask) {
  return static_cast<uint32_t>(pc * 0x9e3779b97f4a7c15u >> 40) & mask;
}

// Code of one function lies together, so its entries may as well: the table's touched pages stay few.
inline uint64_t find(const Table& table, uint64_t pc) {
  uint32_t at = slot_of(pc, table.mask);
  for (unsigned i = 0; i < probes; ++i, at = (at + 1) & table.mask) {
    uint64_t there = __atomic_load_n(&table.entries[at].pc, __ATOMIC_ACQUIRE);
    if (there == pc) return __atomic_load_n(&table.entries[at].rule, __ATOMIC_RELAXED);
    if (there == 0) return 0;
  }
  return 0;
}

bool enter(Table& table, uint64_t pc, uint64_t rule) {
  uint32_t at = slot_of(pc, table.mask);
  for (unsigned i = 0; i < probes; ++i, at = (at + 1) & table.mask) {
    uint64_t there = 0;
    if (__atomic_compare_exchange_n(&table.entries[at].pc, &there, pc, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
      __atomic_fetch_add(&table.used, 1, __ATOMIC_RELAXED);
      there = pc;
    }
    if (there == pc) {
      __atomic_store_n(&table.entries[at].rule, rule, __ATOMIC_RELEASE);
      return true;
    }
  }
  return false;
}

void grow(uint32_t from) {
  bool asks = !__atomic_load_n(&sealed, __ATOMIC_RELAXED);
  if (from == 0) {
    // All at once: page by page, each would be met twice, first read and then written.
    constexpr int populate_write = 23;  // MADV_POPULATE_WRITE
    if (asks) sys::madvise(more_entries, sizeof more_entries, populate_write);
    tables[1].mask = sizeof more_entries / sizeof *more_entries - 1;
    __atomic_store_n(&tables[1].entries, static_cast<Known*>(more_entries), __ATOMIC_RELEASE);
    __atomic_store_n(&current, 1u, __ATOMIC_RELEASE);
    return;
  }
  if (!asks || from + 1 == sizeof tables / sizeof *tables) return;
  uint32_t mask = tables[from].mask * 4 + 3;
  size_t bytes = (static_cast<size_t>(mask) + 1) * sizeof(Known);
  long memory = sys::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (sys::failed(memory)) return;
  Known* none = nullptr;
  Known* entries = reinterpret_cast<Known*>(memory);
  Table& next = tables[from + 1];
  if (!__atomic_compare_exchange_n(&next.entries, &none, entries, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
    sys::munmap(memory, bytes);
    return;
  }
  next.mask = mask;
  __atomic_store_n(&current, from + 1, __ATOMIC_RELEASE);
}

[[gnu::noinline, gnu::cold]] uint64_t learn(uint64_t pc, bool* full) {
  uint32_t now = __atomic_load_n(&current, __ATOMIC_ACQUIRE);
  uint64_t rule = 0;
  for (uint32_t older = now; older-- > 0 && !rule;) rule = find(tables[older], pc);
  if (!rule) rule = read_rule(pc & ~exact_bit, pc & exact_bit).pack();
  if (!enter(tables[now], pc, rule)) {  // its neighbours are taken
    grow(now);
    uint32_t next = __atomic_load_n(&current, __ATOMIC_ACQUIRE);
    if (next == now || !enter(tables[next], pc, rule)) *full = true;
  }
  if (!(pc & exact_bit)) spare::asked(pc);
  if (__atomic_load_n(&tables[now].used, __ATOMIC_RELAXED) > tables[now].mask / 2) grow(now);
  return rule;
}

// How far up the stack may go that `stack` points into: glibc keeps a thread's control block at the top of its stack,
// and the first thread's top is known. Any other stack (a coroutine's, a handler's) is trusted for a megabyte.
inline uintptr_t stack_top(uintptr_t stack, bool* known) {
  *known = true;
  uintptr_t thread;
  asm("mov %%fs:0, %0" : "=r"(thread));
  if (stack < thread && thread - stack < (1ull << 30)) return thread;
  auto first = reinterpret_cast<uintptr_t>(__libc_stack_end);
  if (stack < first && first - stack < (1ull << 30)) return first;
  *known = false;
  return stack + (1u << 20);
}

}  // namespace

namespace {

inline void note(Trail* trail, uintptr_t base, uintptr_t at) {
  if (trail->count < Trail::most) {
    uintptr_t words = (at - base) / 8;
    if (words > UINT16_MAX) trail->repeatable = false;
    trail->offset[trail->count] = static_cast<uint16_t>(words);
    trail->value[trail->count] = *reinterpret_cast<uintptr_t*>(at);
  }
  ++trail->count;
}

}  // namespace

[[gnu::hot]] void walk(Caller caller, unsigned depth, Stack* out, Trail* trail, bool interrupted) {
  uintptr_t pc = caller.pc, stack = caller.stack, frame = caller.frame;
  bool known = false;
  uintptr_t top = stack_top(stack, &known);
  uint64_t key = 0x2545f4914f6cdd1d, exact = 0, pending_exact = interrupted ? exact_bit : 0;
  const Table& table = tables[__atomic_load_n(&current, __ATOMIC_ACQUIRE)];
  uint16_t flags = 0;
  unsigned count = 0;
  out->rules_full = false;
  out->struck = false;
  trail->count = 0;
  trail->uses_caller_frame = false;
  trail->repeatable = known;
  uintptr_t frame_from = 0;  // where `frame` was read from and not noted yet; 0: nowhere
  bool callers_frame = true;
  while (true) {
    out->pcs[count] = pc;
    out->ends[count] = 0;
    exact |= (pending_exact ? 1ull : 0) << count;
    ++count;
    key = (key ^ pc) * 0x9e3779b97f4a7c15u;
    key ^= key >> 29;
    if (count == depth) {
      flags = ledger::site_cut_depth;
      break;
    }
    // Where a signal struck, a register may have been restored already while the tables still give its old place, which
    // now lies just below the stack pointer.
    uintptr_t lowest = pending_exact ? stack - 128 : stack;
    uint64_t word = find(table, pc | pending_exact);
    if (__builtin_expect(!word, 0)) word = learn(pc | pending_exact, &out->rules_full);
    pending_exact = 0;
    Rule rule = Rule::unpack(word);
    uintptr_t cfa;
    if (rule.cfa == Rule::Cfa::frame || rule.cfa == Rule::Cfa::through || rule.rbp == Rule::Rbp::at_frame) {
      if (callers_frame) trail->uses_caller_frame = true;
      if (frame_from) note(trail, caller.stack, frame_from);
      frame_from = 0;
    }
    if (__builtin_expect(rule.cfa == Rule::Cfa::stack, 1)) {
      cfa = stack + static_cast<uintptr_t>(static_cast<intptr_t>(rule.cfa_offset));
    } else if (rule.cfa == Rule::Cfa::frame) {
      cfa = frame + static_cast<uintptr_t>(static_cast<intptr_t>(rule.cfa_offset));
    } else if (rule.cfa == Rule::Cfa::through) {
      uintptr_t at = frame + static_cast<uintptr_t>(static_cast<intptr_t>(rule.cfa_offset));
      if (at < stack || at >= top || at % 8) {
        flags = ledger::site_cut_unknown;
        break;
      }
      cfa = *reinterpret_cast<uintptr_t*>(at);
      note(trail, caller.stack, at);
    } else if (rule.cfa == Rule::Cfa::signal) {
      auto* context = reinterpret_cast<ucontext_t*>(stack);
      pc = static_cast<uintptr_t>(context->uc_mcontext.gregs[REG_RIP]);
      stack = static_cast<uintptr_t>(context->uc_mcontext.gregs[REG_RSP]);
      frame = static_cast<uintptr_t>(context->uc_mcontext.gregs[REG_RBP]);
      top = stack_top(stack, &known);
      pending_exact = exact_bit;
      trail->repeatable = false;
      out->struck = true;
      if (!pc || !stack) break;
      continue;
    } else {
      if (rule.cfa == Rule::Cfa::unknown) flags = ledger::site_cut_unknown;
      break;
    }
    // A rule is only as good as what wrote it: frames must lie further out, inside the stack.
    if (cfa <= stack || cfa > top || cfa % 8) {
      flags = ledger::site_cut_unknown;
      break;
    }
    if (rule.rbp != Rule::Rbp::same) {
      uintptr_t at = (rule.rbp == Rule::Rbp::at_cfa ? cfa : frame) + static_cast<uintptr_t>(rule.rbp_words * 8l);
      bool sound = rule.rbp != Rule::Rbp::lost && at >= lowest && at < top && at % 8 == 0;
      frame = sound ? *reinterpret_cast<uintptr_t*>(at) : 0;
      frame_from = sound ? at : 0;
      callers_frame = false;
    }
    out->ends[count - 1] = cfa;
    stack = cfa;
    pc = *reinterpret_cast<uintptr_t*>(cfa - 8);
    note(trail, caller.stack, cfa - 8);
    if (!pc) break;
  }
  out->key = key | 1;
  out->exact = exact;
  out->count = static_cast<uint16_t>(count);
  out->flags = flags;
}

void begin() { __atomic_fetch_or(&few_entries[0].pc, 0ull, __ATOMIC_RELAXED); }

void know(uintptr_t pc) {
  const Table& table = tables[__atomic_load_n(&current, __ATOMIC_ACQUIRE)];
  bool full = false;
  if (!find(table, pc) && read_rule(pc, false).cfa != Rule::Cfa::unknown) learn(pc, &full);
}

void forget(uintptr_t begin, uintptr_t end) {
  uint32_t last = __atomic_load_n(&current, __ATOMIC_ACQUIRE);
  for (uint32_t t = 0; t <= last; ++t)
    for (uint32_t i = 0; i <= tables[t].mask; ++i) {
      Known& known = tables[t].entries[i];
      uint64_t pc = __atomic_load_n(&known.pc, __ATOMIC_RELAXED) & ~exact_bit;
      if (pc >= begin && pc < end) __atomic_store_n(&known.rule, 0, __ATOMIC_RELEASE);
    }
}

void seal(bool on) { __atomic_store_n(&sealed, on, __ATOMIC_RELAXED); }

}  // namespace lifeguard::stacks
