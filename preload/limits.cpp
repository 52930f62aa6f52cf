#include "preload/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>

#include "preload/beside.h"
#include "preload/ending.h"
#include "preload/holders.h"
#include "preload/slots.h"
#include "src/options/limit.h"

namespace lifeguard::limits {
namespace {

using ledger::Kind;
using ledger::State;

constexpr uint32_t descriptors_of_all_kinds = 0;

constexpr uint32_t place_of(Kind kind) { return static_cast<uint32_t>(kind); }
constexpr bool is_descriptor(Kind kind) { return kind < Kind::process || kind == Kind::descriptor; }
constexpr bool is_task(Kind kind) { return kind == Kind::process || kind == Kind::thread; }

uint64_t most_allowed(bool tasks) {
  rlimit64 limit = {};
  sys::prlimit64(0, tasks ? RLIMIT_NPROC : RLIMIT_NOFILE, nullptr, &limit);
  return limit.rlim_cur;
}

uint32_t part_of(uint64_t most, uint32_t percent) {
  if (most >= UINT32_MAX) return 0;
  return static_cast<uint32_t>((most * percent + 99) / 100);
}

void set(uint32_t place, uint32_t at) {
  Limits& limits = image.limits;
  limits.at[place] = limits.said[place] ? 0 : at;
  limits.left[place] = 1;  // the next acquisition counts
}

// How many numbers need no second look. high: numbers beyond the limit that are open already, since somebody asked for
// them; by so many sooner it may be reached.
void choose_at_once(uint32_t high = 0) {
  uint32_t at = image.limits.at[descriptors_of_all_kinds];
  uint32_t sure = !at ? UINT32_MAX : at > high ? at - 1 - high : 0;
  if (image.limits.kinds) sure = 0;
  image.noted_at_once = sure < image.descriptors ? sure : image.descriptors;
}

// A socket that has come to listen, a descriptor from elsewhere: counted as what they are now.
bool counts(State state) { return state == State::live || state == State::inherited || state == State::unseen; }

uint32_t count(Kind kind) {
  uint32_t n = 0;
  each_slot([&](uint32_t, const ledger::Slot*, uint64_t word) {
    n += ledger::word_state(word) == State::live && ledger::word_kind(word) == kind;
  });
  each_thing([&](const ledger::Thing*, uint64_t word) { n += ledger::word_kind(word) == kind; });
  return n;
}

bool is_on_record(uint32_t fd) {
  if (fd >= image.descriptors || !process.chunks[Plan::slots.place(fd) >> chunk_shift]) return false;
  return counts(ledger::word_state(__atomic_load_n(&book::slots()[fd].word, __ATOMIC_ACQUIRE)));
}

// Whether that many are open: no more numbers below are free than others beyond are taken.
bool reached(uint32_t at) {
  uint32_t high = 0;
  uint64_t top = book::header().descriptor_top;
  for (uint32_t fd = at; fd < top; ++fd) high += is_on_record(fd);
  choose_at_once(high);
  for (uint32_t fd = at, unused = 0; fd-- > 0;)
    if (!is_on_record(fd) && sys::fcntl(fd, F_GETFD) < 0 && ++unused > high) return false;
  return true;
}

bool may_speak() { return image.limits.any && !lifeguard_vfork_depth && stage() == Stage::recording && !image.sealed; }

struct Wanted {
  bool descriptors = false, tasks = false;
  Kind kind = Kind::none;

  bool has(Kind it) const { return it == kind || (descriptors && is_descriptor(it)) || (tasks && is_task(it)); }
};

// Head(text, how many there are): the first line.
template <typename Head>
void say(Wanted wanted, Head head) {
  int error = errno;
  bool without_files = false;
  auto work = [&] {
    // A helper's table is a copy: there is room for what is opened now.
    if (!image.in_place) sys::close_range(3u, ~0u, 0);
    if (image.in_place && !without_files) {
      long room = sys::openat(AT_FDCWD, "/dev/null", O_RDONLY | O_CLOEXEC, 0);
      if (room < 0) {
        image.needs_helper = true;
        return;
      }
      sys::close(room);
    }
    holders::clear();
    uint32_t total = 0;
    each_slot([&](uint32_t fd, const ledger::Slot* slot, uint64_t word) {
      State state = ledger::word_state(word);
      if (!(wanted.descriptors ? counts(state) : state == State::live && wanted.has(ledger::word_kind(word)))) return;
      ++total;
      if (slot->site) holders::add(slot->site, ledger::word_kind(word), fd);
    });
    uint32_t things = 0;
    each_thing([&](const ledger::Thing* thing, uint64_t word) {
      Kind kind = ledger::word_kind(word);
      if (is_descriptor(kind) || !wanted.has(kind)) return;
      ++things;
      holders::add(thing->site, kind, thing->id);
    });
    total += things;
    holders::Text text;
    text << "lifeguard: ";
    text.shown(basename(image.exe)) << "[" << process.pid << "] ";
    head(text, total);
    text << "\n";
    uint32_t listed = holders::write(&text, 10, !without_files);
    if (listed < total) text << "  " << total - listed << (listed ? " more" : "") << " acquired elsewhere\n";
    if (process.in_file) text << "  all of it: lifeguard ps " << process.pid << "\n";
    ending::say_until = ending::milliseconds() + 500;
    if (!without_files || image.options.report != Options::Report::path) ending::say(text.slice());
  };
  beside(work, &without_files);
  errno = error;
}

void say_reached(uint32_t place, Kind kind) {
  if (!may_speak() || __atomic_exchange_n(&image.limits.said[place], true, __ATOMIC_ACQ_REL)) return;
  uint32_t at = image.limits.at[place], percent = image.limits.percent[place];
  image.limits.at[place] = 0;
  choose_at_once();
  bool all = place == descriptors_of_all_kinds;
  say({all, false, kind}, [&](holders::Text& text, uint64_t total) {
    text << "holds " << total;
    if (all) text << " of the " << most_allowed(false);
    text << " " << holders::words_for(all ? Kind::descriptor : kind, all ? 2 : total).slice();
    if (all) text << " it may have";
    text << " (limit=" << (all ? "fd" : ledger::kind_name(kind)) << "=" << (percent ? percent : at)
         << (percent ? "%" : "") << "):";
  });
}

}  // namespace

void plan() {
  Limits& limits = image.limits;
  Slice list = image.options.limit;
  bool any = false, kinds = false;
  while (!list.empty()) {
    Limit limit;
    if (!take_limit(&list, &limit)) continue;
    any = true;
    uint32_t at = limit.number;
    if (limit.percent) at = part_of(most_allowed(is_task(static_cast<Kind>(limit.place))), limit.number);
    limits.percent[limit.place] = limit.percent ? static_cast<uint8_t>(limit.number) : 0;
    set(limit.place, at);
    kinds = kinds || limit.place != descriptors_of_all_kinds;
  }
  limits.any = any;
  limits.kinds = kinds;
  choose_at_once();
}

void descriptor_noted(Kind kind) {
  constexpr uint32_t all = descriptors_of_all_kinds;
  uint32_t at = image.limits.at[all];
  if (at && may_speak()) {
    // What the process may have can be changed from outside.
    if (uint32_t percent = image.limits.percent[all]) {
      uint32_t now = part_of(most_allowed(false), percent);
      if (now != at) set(all, at = now);
    }
    if (at && reached(at)) say_reached(all, Kind::none);
  }
  if (image.limits.kinds) noted(kind);
}

void noted(Kind kind) {
  uint32_t place = place_of(kind);
  if (place >= Limits::places || !image.limits.at[place] || !may_speak()) return;
  if (__atomic_sub_fetch(&image.limits.left[place], 1, __ATOMIC_RELAXED) > 0) return;
  uint32_t live = count(kind), at = image.limits.at[place];
  if (!at) return;
  if (live >= at) return say_reached(place, kind);
  __atomic_store_n(&image.limits.left[place], static_cast<int32_t>(at - live), __ATOMIC_RELAXED);
}

void refused(int error) {
  constexpr uint32_t place = descriptors_of_all_kinds;
  if (!may_speak() || __atomic_exchange_n(&image.limits.said[place], true, __ATOMIC_ACQ_REL)) return;
  image.limits.at[place] = 0;
  choose_at_once();
  say({true, false, Kind::none}, [&](holders::Text& text, uint64_t total) {
    text << "was refused another descriptor (" << (error == ENFILE ? "ENFILE: the system's table is full" : "EMFILE")
         << ") and holds " << total << " of the " << most_allowed(false) << " it may have:";
  });
}

void refused_process(int error) {
  if (error != EAGAIN || !may_speak() || __atomic_exchange_n(&image.limits.said_refused, true, __ATOMIC_ACQ_REL))
    return;
  say({false, true, Kind::none}, [&](holders::Text& text, uint64_t) {
    uint32_t children = count(Kind::process), threads = count(Kind::thread);
    text << "was refused another process or thread (EAGAIN) and has " << children << " "
         << holders::words_for(Kind::process, children).slice() << " and " << threads << " "
         << holders::words_for(Kind::thread, threads).slice() << " that nobody has waited for:";
  });
}

}  // namespace lifeguard::limits
