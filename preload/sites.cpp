#include "preload/sites.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

#include "preload/ending.h"
#include "preload/modules.h"
#include "preload/passage.h"
#include "preload/python.h"

namespace lifeguard::book {
namespace {

// The index: an open-addressed table from key to site number. Its entries hold a part of the key as well, so that to
// step over one touches no site.
constexpr uint32_t probes = 64, number_bits = 14;
static_assert(Plan::sites.count <= 1u << number_bits);
inline uint32_t index_entry(uint64_t key, uint32_t number) {
  return static_cast<uint32_t>(key >> (32 + number_bits)) << number_bits | number;
}
inline bool is_of(uint32_t entry, uint64_t key, uint32_t* number) {
  *number = entry & ((1u << number_bits) - 1);
  return entry == index_entry(key, *number) && __atomic_load_n(&sites()[*number].key, __ATOMIC_RELAXED) == key;
}

inline Entries<uint32_t, Plan::index> index() { return {}; }
// The first tries are near: as long as sites are few, no page of its own is touched.
inline uint32_t index_of(uint64_t key, uint32_t probe) {
  constexpr uint32_t near = Plan::index.near_count, tries = 8;
  auto place = static_cast<uint32_t>(key >> 20) + probe;
  return probe < tries ? place % near : near + place % (Plan::index.count - near);
}
inline bool index_reserved(uint32_t i) {
  return __atomic_load_n(&process.chunks[Plan::index.place(i) >> chunk_shift], __ATOMIC_ACQUIRE);
}

inline uint32_t find_site(uint64_t key) {
  for (uint32_t probe = 0; probe < probes; ++probe) {
    uint32_t i = index_of(key, probe), number;
    if (!index_reserved(i)) return 0;
    uint32_t there = __atomic_load_n(&index()[i], __ATOMIC_ACQUIRE);
    if (!there) return 0;
    if (is_of(there, key, &number)) return number;
  }
  return 0;
}

// Puts a complete site into the index; another thread may have been first with the same key.
uint32_t enter_index(uint64_t key, uint32_t number) {
  for (uint32_t probe = 0; probe < probes; ++probe) {
    uint32_t i = index_of(key, probe), there = 0, other;
    uint64_t offset = Plan::index.place(i);
    if (!reserve(offset, offset + sizeof(uint32_t))) return count_lost(&ledger::Lost::storage), 0;
    if (__atomic_compare_exchange_n(&index()[i], &there, index_entry(key, number), false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE))
      return number;
    if (is_of(there, key, &other)) return other;
  }
  return count_lost(&ledger::Lost::sites), 0;
}

uint32_t enter_site(uint64_t key, uint16_t flags, const uint64_t* stack, uint16_t count) {
  uint32_t number = claim(Region::sites, Plan::sites, 1, &ledger::Lost::sites);
  if (number == UINT32_MAX) return 0;
  uint32_t first = claim(Region::frames, Plan::frames, count, &ledger::Lost::sites);
  if (first == UINT32_MAX) return 0;
  memcpy(frames() + first, stack, count * sizeof(uint64_t));
  ledger::Site& site = sites()[number];
  site.births = 0;
  site.first = first;
  site.flags = flags;
  __atomic_store_n(&site.key, key, __ATOMIC_RELAXED);
  __atomic_store_n(&site.count, count, __ATOMIC_RELEASE);
  return enter_index(key, number);
}

}  // namespace

namespace {

inline uint64_t with_python(uint64_t key, uint64_t python) {
  return python ? ((key ^ python) * 0x9e3779b97f4a7c15u) | 1 : key;
}

// Apart, since it needs more of the stack than a handler may have: there it runs on the end's own stack alone.
[[gnu::noinline]] uint32_t enter_python_site(const stacks::Stack& stack, const uint64_t* native, unsigned depth,
                                             uint64_t key, bool* done) {
  python::Frames python;
  python::read(depth, &python);
  *done = python.interpreter != nullptr;
  if (!python.interpreter) {
    if (python.wrong) count_lost(&ledger::Lost::python);
    return 0;
  }
  uint64_t merged[stacks::max_depth];
  uint16_t flags = stack.flags;
  uint16_t count = python::merge(stack, native, python, depth, merged, &flags);
  if (python::serving(python) && !ending::own_stack(merged, count)) flags |= ledger::site_serving;
  return enter_site(key, flags, merged, count);
}

// Where a server of Python's library is at work and no own code is on the stack: the site with its handler's frame.
[[gnu::noinline]] uint32_t handled_site(uint32_t number, unsigned depth) {
  uint64_t handler = python::handler_key(depth);
  if (!handler) return number;
  uint64_t key = with_python(sites()[number].key, handler);
  if (uint32_t known = find_site(key)) return known;
  uint64_t with_handler[stacks::max_depth + 1];
  const ledger::Site& site = sites()[number];
  auto flags = static_cast<uint16_t>(site.flags & ~ledger::site_serving);
  uint16_t count = python::with_handler(frames() + site.first, site.count, depth, with_handler);
  if (count > depth) {
    count = static_cast<uint16_t>(depth);
    flags |= ledger::site_cut_depth;
  }
  uint32_t fresh = count ? enter_site(key, flags, with_handler, count) : 0;
  return fresh ? fresh : number;
}

}  // namespace

[[gnu::hot]] uint32_t site(const stacks::Stack& stack, unsigned depth, uint64_t python) {
  uint64_t key = with_python(stack.key, python);
  if (uint32_t known = find_site(key)) return known;
  uint64_t frames[stacks::max_depth];
  uint32_t last = ledger::frame_no_module;
  for (unsigned i = 0; i < stack.count; ++i) frames[i] = frame_of(stack.pcs[i], stack.exact >> i & 1, &last);
  if (python::any() && !stack.struck) {
    if (!python) {  // its interpreter may have been met just now
      python = python::key(depth);
      key = with_python(stack.key, python);
      if (uint32_t known = python ? find_site(key) : 0) return known;
    }
    bool done = false;
    uint32_t number = enter_python_site(stack, frames, depth, key, &done);
    if (done) return number;
  }
  if (stack.flags & ledger::site_cut_unknown)
    count_lost(stack.rules_full ? &ledger::Lost::rules : &ledger::Lost::cut_stacks);
  return enter_site(key, stack.flags, frames, stack.count);
}

namespace {

// The last few sites of a thread with the trails that led to them: most calls come from where one came before.
struct Recent {
  bool busy;         // being written: a signal handler that strikes then leaves it alone
  uint32_t version;  // raised with every writing: a handler may do so while the code it interrupted reads
  uint32_t epoch;    // Image::epoch it holds for
  Caller caller;
  unsigned depth;
  uint32_t site;
  uint64_t key;     // of the native stack
  uint64_t python;  // of Python's frames: equal native stacks may have different ones
  stacks::Trail trail;
};
__thread Recent recent[2][8];  // releases and acquisitions apart: a loop does both, and neither may drive out the other

inline void order() { asm volatile("" ::: "memory"); }  // one thread's own handlers are all there is to guard against

inline uint64_t python_key(const stacks::Stack& stack, unsigned depth) {
  return python::any() && !stack.struck ? python::key(depth) : 0;
}

[[gnu::hot, gnu::noinline]] uint32_t walk_without_memory(Caller caller, unsigned depth) {
  stacks::Stack stack;
  stacks::Trail trail;
  stacks::walk(caller, depth, &stack, &trail);
  return site(stack, depth, python_key(stack, depth));
}

[[gnu::noinline]] uint32_t walk_to_site(Caller caller, unsigned depth, Recent* entry) {
  stacks::Stack stack;
  entry->busy = true;
  ++entry->version;
  order();
  uint32_t epoch = image.epoch;
  stacks::walk(caller, depth, &stack, &entry->trail);
  uint64_t python = python_key(stack, depth);
  uint32_t number = site(stack, depth, python);
  bool keep = number && entry->trail.repeatable && entry->trail.count <= stacks::Trail::most;
  entry->epoch = keep ? epoch : 0;
  entry->caller = caller;
  entry->depth = depth;
  entry->site = number;
  entry->key = stack.key;
  entry->python = python;
  order();
  entry->busy = false;
  return number;
}

// The native stack is the entry's; Python's frames on it may be others.
[[gnu::hot]] uint32_t site_with_python(Caller caller, unsigned depth, Recent* entry, uint32_t version) {
  uint64_t python = python::key(depth);
  bool known = python == entry->python;
  uint32_t number = known ? entry->site : find_site(with_python(entry->key, python));
  order();
  if (!number || entry->version != version) return walk_to_site(caller, depth, entry);
  if (known) return number;
  entry->busy = true;
  ++entry->version;
  order();
  entry->site = number;
  entry->python = python;
  order();
  entry->busy = false;
  return number;
}

}  // namespace

namespace {

// The first stacks of a forked child: to remember them takes longer than to walk them again, for most children end
// soon.
inline bool few_walks() {
  constexpr uint32_t few = 16;
  return process.forked_at && process.walks < few && ++process.walks;
}

}  // namespace

[[gnu::hot]] uint32_t site_here(Caller caller, unsigned depth, bool birth) {
  Recent& entry = recent[birth][((caller.pc ^ caller.stack >> 3) * 0x9e3779b97f4a7c15u) >> 61];
  uint32_t number;
  if (__builtin_expect(few_walks() || entry.busy, 0)) {
    number = walk_without_memory(caller, depth);
  } else {  // a hit writes nothing, so that a program that forks has no page of this to copy
    uint32_t version = entry.version;
    order();
    number = entry.site;
    bool same = entry.epoch == image.epoch && entry.caller.pc == caller.pc && entry.caller.stack == caller.stack &&
                entry.depth == depth && (!entry.trail.uses_caller_frame || entry.caller.frame == caller.frame) &&
                stacks::same_trail(caller, entry.trail, entry.version, version);
    order();
    if (__builtin_expect(!same || entry.version != version, 0))
      number = walk_to_site(caller, depth, &entry);
    else if (python::any())
      number = site_with_python(caller, depth, &entry, version);
  }
  if (!birth || !number) return number;
  if (__builtin_expect(sites()[number].flags & ledger::site_serving, 0)) number = handled_site(number, depth);
  __atomic_fetch_add(&sites()[number].births, 1, __ATOMIC_RELAXED);
  return number;
}

namespace {

// Whether a thread that a signal struck there waited for the kernel, or is about to ask it again: then all that it runs
// stands still as it does in a hooked call, Python's frames too. Not where it gave memory back: what those refer to may
// have been on it. Nothing is read of other pages than the instruction's.
bool in_system_call(uintptr_t pc) {
  constexpr uint32_t of_memory[] = {__NR_munmap, __NR_mremap, __NR_brk, __NR_madvise};
  struct [[gnu::packed]] {  // as libc's functions have it
    uint8_t load;
    uint32_t number;
    uint16_t call, next;
  } code;
  constexpr uint8_t load_number = 0xb8;
  constexpr uint16_t call = 0x050f;
  constexpr uintptr_t page = 4096, before = offsetof(decltype(code), next), behind = sizeof code.next;
  if (pc % page < before || pc % page > page - behind) return false;
  memcpy(&code, reinterpret_cast<const void*>(pc - before), sizeof code);
  if (code.call != call) return code.next == call;
  for (uint32_t one : of_memory)
    if (code.load == load_number && code.number == one) return false;
  return true;
}

}  // namespace

uint32_t interrupted_site(Caller where, unsigned depth) {
  stacks::Stack stack;
  stacks::Trail trail;
  dl_find_object object;
  bool code = _dl_find_object(reinterpret_cast<void*>(where.pc), &object) == 0;
  bool still = code && in_system_call(where.pc);
  // A call of what is no code: the frame that made it is found on the stack.
  if (!code && passage::readable(reinterpret_cast<const void*>(where.stack))) {
    uintptr_t back = *reinterpret_cast<const uintptr_t*>(where.stack);
    if (_dl_find_object(reinterpret_cast<void*>(back), &object) == 0) {
      stacks::walk({back, where.stack + 8, where.frame}, depth, &stack, &trail);
      stack.struck = true;
      return site(stack, depth, 0);
    }
  }
  stacks::walk(where, depth, &stack, &trail, true);
  stack.struck = stack.struck || !still;
  return site(stack, depth, 0);
}

namespace {

uint64_t take_over_python(const Source& other, uint64_t frame) {
  ledger::PythonCode names;
  char text[4096];
  size_t size = 0;
  uint32_t offset = ledger::frame_python_code(frame);
  if (offset + sizeof names > Plan::texts.count || !other.read(Plan::texts.place(offset), &names, sizeof names) ||
      !other.text(names.function, text, sizeof text, &size))
    return ledger::make_frame(ledger::frame_no_module, 0, false);
  names.function = shared_text({text, size});
  if (other.text(names.file, text, sizeof text, &size))
    names.file = shared_text({text, size});
  else
    names.file = {};
  ledger::Text record = shared_text({reinterpret_cast<const char*>(&names), sizeof names});
  if (!record.length) return ledger::make_frame(ledger::frame_no_module, 0, false);
  return ledger::make_python_frame(record.offset, static_cast<uint32_t>(frame) & ledger::frame_python_line);
}

}  // namespace

uint32_t take_over_site(const Source& other, uint32_t number) {
  ledger::Site theirs;
  uint64_t frames[stacks::max_depth];
  if (number == 0 || number >= Plan::sites.count || !other.read(Plan::sites.place(number), &theirs, sizeof theirs) ||
      theirs.count == 0 || theirs.count > stacks::max_depth || theirs.first + theirs.count > Plan::frames.count)
    return 0;
  uint64_t key = theirs.key ^ 0x5bd1e995'00000000u;  // never to be mistaken for a stack walked here
  if (uint32_t known = find_site(key)) return known;
  if (!other.read(Plan::frames.place(theirs.first), frames, theirs.count * sizeof *frames)) return 0;
  for (unsigned i = 0; i < theirs.count; ++i) {
    uint32_t module = ledger::frame_module(frames[i]);
    if (module == ledger::frame_python) {
      frames[i] = take_over_python(other, frames[i]);
      continue;
    }
    if (module != ledger::frame_no_module) module = take_over_module(other, module);
    frames[i] = ledger::make_frame(module, ledger::frame_offset(frames[i]), frames[i] & ledger::frame_exact);
  }
  return enter_site(key, static_cast<uint16_t>(theirs.flags | ledger::site_foreign), frames, theirs.count);
}

ledger::PythonCode python_code(uint64_t frame) {
  ledger::PythonCode code;
  memcpy(&code, texts() + ledger::frame_python_code(frame), sizeof code);
  return code;
}

}  // namespace lifeguard::book
