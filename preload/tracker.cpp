#include "preload/tracker.h"

#include <errno.h>
#include <string.h>

#include "preload/clock.h"
#include "preload/ledger.h"
#include "preload/lifecycle.h"
#include "preload/limits.h"
#include "preload/program.h"
#include "preload/sites.h"
#include "preload/state.h"
#include "preload/sys.h"

namespace lifeguard {

__thread uint32_t lifeguard_vfork_depth = 0;
__thread bool lifeguard_vfork_child_sealed = false;

namespace {

using ledger::make_word;
using ledger::Slot;
using ledger::State;

// Per thread, and of no meaning after a fork: how a loop over numbers is told from a second close.
struct Sweep {
  Caller place;
  int last;
  int direction;
  uint32_t length;
  uint32_t epoch;  // Image::epoch the events belong to
  ledger::Event* events[2];
};
__thread Sweep sweep;
__thread uint32_t known_tid;

}  // namespace

uint32_t thread_id() {
  if (__builtin_expect(image.tid_offset != 0, 1)) {
    uintptr_t self;
    asm("mov %%fs:0, %0" : "=r"(self));
    return *reinterpret_cast<uint32_t*>(self + image.tid_offset);
  }
  if (!known_tid) known_tid = static_cast<uint32_t>(sys::gettid());
  return known_tid;
}

namespace {

constexpr uint32_t slots_in_chunk = chunk_size / sizeof(Slot);
inline bool slot_reserved(uint64_t number) { return process.chunks[Plan::slots.place(number) >> chunk_shift]; }

// The slot of a number, safe to write; null: not to be noted. `chunks` answers at once whether this process has a
// ledger, is no fresh fork child, and has that part of the table reserved; `stage`, whether the ledger is still being
// made.
[[gnu::noinline, gnu::cold]] Slot* slot_slowly(int fd, int other) {
  if (lifeguard_vfork_depth || !begin(fd, other)) return nullptr;
  auto number = static_cast<uint32_t>(fd);
  if (number >= image.descriptors) return book::count_lost(&ledger::Lost::descriptors), nullptr;
  uint64_t offset = Plan::slots.place(number);
  if (!book::reserve(offset, offset + sizeof(Slot))) return book::count_lost(&ledger::Lost::storage), nullptr;
  book::raise_top(number);
  return &book::slots()[number];
}

inline Slot* noted_here(uint32_t number) {
  if (__builtin_expect(number >= image.noted_at_once, 0)) return nullptr;
  const uint64_t place = Plan::slots.place(number);
  const bool here = process.chunks[place >> chunk_shift] && stage() == Stage::recording && !lifeguard_vfork_depth;
  return __builtin_expect(here, 1) ? book::at<Slot>(place) : nullptr;
}

// The slot of a number that something is already known of; null otherwise. Makes no ledger.
[[gnu::noinline, gnu::cold]] Slot* high_slot_if_known(uint32_t number) {
  bool known =
      number < image.descriptors && slot_reserved(number) && stage() == Stage::recording && !lifeguard_vfork_depth;
  return known ? &book::slots()[number] : nullptr;
}
inline Slot* slot_if_known(int fd) {
  auto number = static_cast<uint32_t>(fd);
  Slot* here = fd >= 0 ? noted_here(number) : nullptr;
  if (__builtin_expect(here != nullptr, 1)) return here;
  return __builtin_expect(fd >= 0 && number >= image.noted_at_once, 0) ? high_slot_if_known(number) : nullptr;
}

inline uint64_t load(const uint64_t* word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }
inline void store(uint64_t* word, uint64_t value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }

// Appends a piece to a slot's detail; a path that is too long keeps its end. Returns flags to add.
[[gnu::hot]] uint16_t write_detail(Slot* slot, size_t at, Detail detail) {
  uint16_t flags = detail.flags;
  size_t room = ledger::detail_size > at + 3 ? ledger::detail_size - at - 3 : 0;
  auto* data = static_cast<const char*>(detail.data);
  size_t size = detail.size;
  if (detail.tag == DetailTag::path) size = data ? strlen(data) : 0;
  if (!data || !size || !room) {
    if (at < ledger::detail_size) slot->detail[at] = 0;
    return flags;
  }
  if (room > 255) room = 255;
  if (size > room) {
    if (detail.tag == DetailTag::path) data += size - room;
    size = room;
    flags |= ledger::slot_cut;
  }
  slot->detail[at] = static_cast<uint8_t>(detail.tag);
  slot->detail[at + 1] = static_cast<uint8_t>(size);
  memcpy(slot->detail + at + 2, data, size);
  slot->detail[at + 2 + size] = 0;
  return flags;
}

// Where the piece of that tag begins, or the end of what is there.
size_t piece_at(const Slot* slot, DetailTag tag) {
  size_t at = 0;
  while (at + 2 < ledger::detail_size && slot->detail[at] && slot->detail[at] != static_cast<uint8_t>(tag))
    at += 2u + slot->detail[at + 1];
  return at < ledger::detail_size ? at : ledger::detail_size - 1;
}

// The first half of every acquisition: the number is taken, whatever a signal or a kill does next.
inline uint32_t open_slot(Slot* slot, Kind kind) {
  uint32_t generation = ledger::word_generation(load(&slot->word)) + 1;
  store(&slot->word, make_word(State::opening, kind, 0, generation));
  slot->bound = 0;
  return generation;
}

inline void complete_slot(Slot* slot, Kind kind, uint16_t flags, uint32_t generation, Caller caller) {
  slot->born = clock::now();
  slot->thread = thread_id();
  slot->closer = 0;
  slot->inode = slot->bytes = 0;
  slot->phase = program::phase();
  slot->mark = program::mark();
  slot->site = book::site_here(caller, image.options.depth, true);
  store(&slot->word, make_word(State::live, kind, flags, generation));
}

inline unsigned closing_depth() { return image.options.depth > 3 ? (image.options.depth + 2) / 3 : 1; }

}  // namespace

namespace {

[[gnu::always_inline]] inline void fill(Slot* slot, Kind kind, const Detail& detail, int listener,
                                        const Caller& caller) {
  uint32_t generation = open_slot(slot, kind);
  uint16_t flags = write_detail(slot, 0, detail);
  if (const Slot* from = slot_if_known(listener)) {
    size_t at = piece_at(from, DetailTag::local);
    if (from->detail[at] == static_cast<uint8_t>(DetailTag::local))
      write_detail(slot, piece_at(slot, DetailTag::end),
                   Detail::address(DetailTag::local, from->detail + at + 2, from->detail[at + 1]));
  }
  complete_slot(slot, kind, flags, generation, caller);
}

[[gnu::noinline, gnu::cold]] void acquire_slowly(Kind kind, int fd, int other, const Detail& detail, int listener,
                                                 const Caller& caller) {
  Slot* slot = slot_slowly(fd, other);
  if (!slot) return;
  fill(slot, kind, detail, listener, caller);
  if (static_cast<uint32_t>(fd) >= image.noted_at_once) limits::descriptor_noted(kind);
}

[[gnu::always_inline]] inline void acquire(Kind kind, int fd, int other, const Detail& detail, int listener,
                                           const Caller& caller) {
  auto number = static_cast<uint32_t>(fd);
  if (Slot* slot = noted_here(number); __builtin_expect(slot != nullptr, 1))
    fill(slot, kind, detail, listener, caller);
  else
    acquire_slowly(kind, fd, other, detail, listener, caller);
}

}  // namespace

[[gnu::cold]] int not_acquired(int fd) {
  if (errno == EMFILE || errno == ENFILE) limits::refused(errno);
  return fd;
}

[[gnu::hot]] int acquired(Kind kind, int fd, Detail detail, Caller caller) {
  if (fd < 0) return not_acquired(fd);
  acquire(kind, fd, -1, detail, -1, caller);
  return fd;
}

[[gnu::hot]] int accepted(int listener, int fd, Detail detail, Caller caller) {
  if (fd < 0) return not_acquired(fd);
  acquire(Kind::socket, fd, -1, detail, listener, caller);
  return fd;
}

void acquired_pair(Kind kind, const int* ends, Detail first, Detail second, Caller caller) {
  acquire(kind, ends[0], ends[1], first, -1, caller);
  acquire(kind, ends[1], ends[0], second, -1, caller);
}

namespace {

inline Kind fill_copy(Slot* slot, int original, uint16_t flags, Caller caller) {
  Kind kind = Kind::descriptor;
  uint32_t generation = open_slot(slot, kind);
  slot->detail[0] = 0;
  if (const Slot* from = slot_if_known(original)) {
    uint64_t word = load(&from->word);
    State state = ledger::word_state(word);
    if (state == State::live || state == State::inherited) {
      if (ledger::word_kind(word) != Kind::none) kind = ledger::word_kind(word);
      flags |= static_cast<uint16_t>(ledger::word_flags(word) & ledger::slot_cut);
      size_t end = piece_at(from, DetailTag::end);
      memcpy(slot->detail, from->detail, end);
      slot->detail[end] = 0;
      slot->bound = from->bound;
    }
  }
  complete_slot(slot, kind, flags, generation, caller);
  return kind;
}

[[gnu::noinline, gnu::cold]] void copy_slowly(int original, int fd, uint16_t flags, Caller caller) {
  Slot* slot = slot_slowly(fd, -1);
  if (!slot) return;
  Kind kind = fill_copy(slot, original, flags, caller);
  if (static_cast<uint32_t>(fd) >= image.noted_at_once) limits::descriptor_noted(kind);
}

}  // namespace

[[gnu::hot]] int acquired_copy(int original, int fd, uint16_t flags, Caller caller) {
  if (fd < 0) return not_acquired(fd);
  if (fd == original) return fd;
  auto number = static_cast<uint32_t>(fd);
  if (Slot* slot = noted_here(number); __builtin_expect(slot != nullptr, 1))
    fill_copy(slot, original, flags, caller);
  else
    copy_slowly(original, fd, flags, caller);
  return fd;
}

[[gnu::hot]] Release releasing(int fd, Caller caller) {
  Slot* slot = slot_if_known(fd);
  if (!slot) return {fd, 0, 0};
  uint64_t before = load(&slot->word);
  State state = ledger::word_state(before);
  if (state != State::live && state != State::inherited && state != State::opening && state != State::unseen)
    return {fd, 0, before};
  uint32_t closer = book::site_here(caller, closing_depth(), false);
  uint64_t word =
      make_word(State::closing, ledger::word_kind(before), ledger::word_flags(before), ledger::word_generation(before));
  if (!__atomic_compare_exchange_n(&slot->word, &before, word, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
    return {fd, 0, before};  // somebody else was quicker with the same number
  slot->closer = closer;
  return {fd, word, before};
}

namespace {

inline void settle(Release release) {
  if (!release.word) return;
  uint64_t expected = release.word;
  uint64_t closed = (release.word & ~0xffull) | static_cast<uint64_t>(State::closed);
  __atomic_compare_exchange_n(&book::slots()[release.fd].word, &expected, closed, false, __ATOMIC_ACQ_REL,
                              __ATOMIC_RELAXED);
}

// Three numbers up or down from one place are a sweep over whatever there may be, not a mistake; what the first two of
// them were taken for is taken back.
inline bool sweeping(int fd, Caller caller) {
  Sweep& s = sweep;
  bool same = s.place.pc == caller.pc && s.place.stack == caller.stack && s.epoch == image.epoch;
  int direction = fd > s.last ? 1 : fd < s.last ? -1 : 0;
  if (same && direction && (s.length < 2 || direction == s.direction)) {
    ++s.length;
  } else {
    s.length = 1;
    s.events[0] = s.events[1] = nullptr;
  }
  s.place = caller;
  s.epoch = image.epoch;
  s.direction = direction;
  s.last = fd;
  if (s.length < 3) return false;
  for (ledger::Event*& event : s.events) {
    if (event) event->flags |= ledger::event_sweep;
    event = nullptr;
  }
  return true;
}

void closed_again(Release release, Caller caller) {
  Slot& slot = book::slots()[release.fd];
  uint64_t born = slot.born;
  uint32_t creator = slot.site, closer = slot.closer;
  uint32_t here = book::site_here(caller, image.options.depth, false);
  size_t size = piece_at(&slot, DetailTag::end);
  ledger::Text detail = book::text({reinterpret_cast<char*>(slot.detail), size});
  if (load(&slot.word) != release.before) return;  // taken anew meanwhile: what was copied may be the newcomer's
  ledger::Event* event = book::event();
  if (!event) return;
  event->kind = ledger::word_kind(release.before);
  event->flags = 0;
  event->number = release.fd;
  event->time = clock::now();
  event->site = here;
  event->closer = closer;
  event->creator = creator;
  event->thread = thread_id();
  event->detail = detail;
  event->born = born;
  book::publish(event, ledger::EventWhat::double_close);
  if (sweep.length >= 1 && sweep.length <= 2) sweep.events[sweep.length - 1] = event;
}

}  // namespace

[[gnu::hot]] int released(Release release, int result, Caller caller) {
  settle(release);
  if (release.fd < 0 || stage() != Stage::recording || lifeguard_vfork_depth) return result;
  bool in_sweep = sweeping(release.fd, caller);
  if (result != 0 && !release.word && !in_sweep && errno == EBADF &&
      ledger::word_state(release.before) == State::closed) {
    closed_again(release, caller);
  }
  return result;
}

void forgotten(int fd, Caller caller) { settle(releasing(fd, caller)); }

void forgotten_range(unsigned first, unsigned last, Caller caller) {
  if (stage() != Stage::recording || lifeguard_vfork_depth) return;
  uint64_t top = __atomic_load_n(&book::header().descriptor_top, __ATOMIC_RELAXED);
  for (uint64_t fd = first; fd <= last && fd < top; ++fd) {
    if (!slot_reserved(fd)) {
      fd |= slots_in_chunk - 1;
      continue;
    }
    forgotten(static_cast<int>(fd), caller);
  }
}

namespace {

template <typename Change>
void change_word(int fd, Change change) {
  Slot* slot = slot_if_known(fd);
  if (!slot) return;
  uint64_t word = load(&slot->word);
  do {
    State state = ledger::word_state(word);
    if (state != State::live && state != State::inherited) return;
  } while (!__atomic_compare_exchange_n(&slot->word, &word, change(word), false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
}

}  // namespace

void became(int fd, Kind kind) {
  change_word(fd, [kind](uint64_t word) { return (word & ~0xff00ull) | static_cast<uint64_t>(kind) << 8; });
  if (image.limits.kinds) limits::noted(kind);
}

void marked(int fd, uint16_t flags, bool on) {
  uint64_t bits = static_cast<uint64_t>(flags) << 16;
  constexpr uint64_t cloexec = static_cast<uint64_t>(ledger::slot_cloexec) << 16;
  constexpr uint64_t purpose = static_cast<uint64_t>(ledger::slot_purpose) << 16;
  change_word(fd, [bits, on](uint64_t word) {
    if (on) return word | bits;
    return (word & ~bits) | (word & bits & cloexec ? purpose : 0);  // taken off again: it is meant to be passed on
  });
}

void marked_range(unsigned first, unsigned last, uint16_t flags) {
  if (stage() != Stage::recording || lifeguard_vfork_depth) return;
  uint64_t top = __atomic_load_n(&book::header().descriptor_top, __ATOMIC_RELAXED);
  for (uint64_t fd = first; fd <= last && fd < top; ++fd) marked(static_cast<int>(fd), flags, true);
}

bool in_progress() { return errno == EINPROGRESS; }

void refused(int fd, Detail detail, Caller caller) {
  if (errno != EADDRINUSE || stage() != Stage::recording || lifeguard_vfork_depth) return;
  const Slot* slot = slot_if_known(fd);
  uint32_t here = book::site_here(caller, image.options.depth, false);
  Slot address;  // for its detail alone
  address.detail[0] = 0;
  write_detail(&address, 0, detail);
  // A program that tries again and again is noted once a place and address, as far as the last few tell.
  uint32_t have = book::used(ledger::Region::events);
  for (uint32_t i = have; i > 0 && i + 8 > have; --i) {
    const ledger::Event& earlier = book::events()[i - 1];
    Slice known = book::string(earlier.detail);
    if (earlier.what == ledger::EventWhat::address_in_use && earlier.site == here &&
        known == Slice(reinterpret_cast<char*>(address.detail), known.size) &&
        known.size == piece_at(&address, DetailTag::end))
      return;
  }
  ledger::Event* event = book::event();
  if (!event) return;
  event->kind = Kind::socket;
  event->flags = 0;
  event->number = fd;
  event->time = clock::now();
  event->site = here;
  event->closer = 0;
  event->creator = slot ? slot->site : 0;
  event->thread = thread_id();
  event->detail = book::text({reinterpret_cast<char*>(address.detail), piece_at(&address, DetailTag::end)});
  event->born = slot ? slot->born : 0;
  book::publish(event, ledger::EventWhat::address_in_use);
}

void told(int fd, Detail detail) {
  Slot* slot = slot_if_known(fd);
  if (!slot || ledger::word_state(load(&slot->word)) != State::live) return;
  size_t at = piece_at(slot, DetailTag::end), same = piece_at(slot, detail.tag);
  if (same < at) {
    // Said before (a datagram socket connected again): replaced in place where it fits.
    if (slot->detail[same + 1] == detail.size) memcpy(slot->detail + same + 2, detail.data, detail.size);
    return;
  }
  write_detail(slot, at, detail);
}

void bound(int fd, Detail detail, Caller caller) {
  told(fd, detail);
  Slot* slot = slot_if_known(fd);
  if (!slot) return;
  State state = ledger::word_state(load(&slot->word));
  if (state == State::live || state == State::inherited)
    slot->bound = book::site_here(caller, image.options.depth, false);
}

}  // namespace lifeguard
