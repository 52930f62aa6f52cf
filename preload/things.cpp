#include "preload/things.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "preload/clock.h"
#include "preload/ledger.h"
#include "preload/lifecycle.h"
#include "preload/limits.h"
#include "preload/program.h"
#include "preload/sites.h"
#include "preload/state.h"
#include "preload/sys.h"

namespace lifeguard {
namespace {

using ledger::State;
using ledger::Thing;

constexpr uint32_t gone = UINT32_MAX;  // in the finder: an entry stood here once, the search goes on
constexpr uint32_t probes = 64;

uint32_t* cell_at(Kind kind, uint64_t id, uint32_t probe) {
  uint64_t hash = (id ^ static_cast<uint64_t>(kind) << 56) * 0x9e3779b97f4a7c15u;
  uint32_t cell = (static_cast<uint32_t>(hash >> 40) + probe) % Plan::finder.count;
  uint64_t offset = Plan::finder.place(cell);
  return book::reserve(offset, offset + sizeof(uint32_t)) ? book::at<uint32_t>(offset) : nullptr;
}

uint32_t* find(Kind kind, uint64_t id, uint32_t* number) {
  for (uint32_t probe = 0; probe < probes; ++probe) {
    uint32_t* cell = cell_at(kind, id, probe);
    if (!cell) return nullptr;
    uint32_t there = __atomic_load_n(cell, __ATOMIC_ACQUIRE);
    if (there == 0) return nullptr;
    if (there == gone) continue;
    const Thing& thing = book::things()[there];
    if (thing.id == id && ledger::word_kind(__atomic_load_n(&thing.word, __ATOMIC_ACQUIRE)) == kind) {
      *number = there;
      return cell;
    }
  }
  return nullptr;
}

uint32_t new_entry() {
  uint64_t head = __atomic_load_n(&process.free_things, __ATOMIC_ACQUIRE);
  while (auto number = static_cast<uint32_t>(head)) {
    uint64_t next = __atomic_load_n(&book::things()[number].next, __ATOMIC_RELAXED) | ((head >> 32) + 1) << 32;
    if (__atomic_compare_exchange_n(&process.free_things, &head, next, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
      return number;
  }
  uint32_t& used = book::used(ledger::Region::things);
  uint32_t number = __atomic_load_n(&used, __ATOMIC_RELAXED);
  do {
    uint64_t offset = Plan::things.place(number);
    if (number >= Plan::things.count) return book::count_lost(&ledger::Lost::things), 0;
    if (!book::reserve(offset, offset + sizeof(Thing))) return book::count_lost(&ledger::Lost::storage), 0;
  } while (!__atomic_compare_exchange_n(&used, &number, number + 1, true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
  return number;
}

void free_entry(uint32_t number) {
  Thing& thing = book::things()[number];
  uint64_t word = __atomic_load_n(&thing.word, __ATOMIC_RELAXED);
  __atomic_store_n(&thing.word, (word & ~0xffull) | static_cast<uint64_t>(State::closed), __ATOMIC_RELEASE);
  uint64_t head = __atomic_load_n(&process.free_things, __ATOMIC_ACQUIRE);
  do __atomic_store_n(&thing.next, static_cast<uint32_t>(head), __ATOMIC_RELAXED);
  while (!__atomic_compare_exchange_n(&process.free_things, &head, number | ((head >> 32) + 1) << 32, false,
                                      __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
}

bool enter(Kind kind, uint64_t id, uint32_t number) {
  for (uint32_t probe = 0; probe < probes; ++probe) {
    uint32_t* cell = cell_at(kind, id, probe);
    if (!cell) return false;
    uint32_t there = __atomic_load_n(cell, __ATOMIC_ACQUIRE);
    if ((there == 0 || there == gone) &&
        __atomic_compare_exchange_n(cell, &there, number, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
      return true;
  }
  return false;
}

void put_detail(Thing& thing, DetailTag tag, const void* bytes, size_t size) {
  thing.detail[0] = static_cast<uint8_t>(tag);
  thing.detail[1] = static_cast<uint8_t>(size);
  memcpy(thing.detail + 2, bytes, size);
  thing.detail[2 + size] = 0;
}

// What a name was made for is looked for by the whole of it at the end. Of other paths the end tells most, of a command
// the beginning.
void note_name(Thing& thing, Kind kind, Detail detail) {
  Slice name = detail.data ? Slice(static_cast<const char*>(detail.data)) : Slice();
  constexpr size_t room = ledger::thing_detail_size - 3;
  bool looked_for = kind != Kind::process && kind != Kind::module;
  if (name.size > room && detail.tag == DetailTag::path && looked_for)
    if (ledger::Text whole = book::text(name); whole.length)
      return put_detail(thing, DetailTag::long_path, &whole, sizeof whole);
  if (name.size > room) name = detail.tag == DetailTag::path ? name.from(name.size - room) : name.first(room);
  if (!name.empty()) put_detail(thing, detail.tag, name.data, name.size);
}

bool recording() { return !lifeguard_vfork_depth && stage() == Stage::recording; }

}  // namespace

Thing* took(Kind kind, uint64_t id, Detail detail, uint16_t flags, Caller caller) {
  if (lifeguard_vfork_depth || !begin()) return nullptr;
  gave(kind, id);
  uint32_t number = new_entry();
  if (!number) return nullptr;
  Thing& thing = book::things()[number];
  uint32_t generation = ledger::word_generation(thing.word) + 1;
  __atomic_store_n(&thing.word, ledger::make_word(State::opening, kind, flags, generation), __ATOMIC_RELEASE);
  thing.born = clock::now();
  thing.id = id;
  thing.thread = thread_id();
  thing.start = thing.device = thing.moment = 0;
  thing.phase = program::phase();
  thing.mark = program::mark();
  thing.status = 0;
  thing.detail[0] = 0;
  if (detail.tag == DetailTag::path || detail.tag == DetailTag::text) note_name(thing, kind, detail);
  thing.site = book::site_here(caller, image.options.depth, true);
  __atomic_store_n(&thing.word, ledger::make_word(State::live, kind, flags, generation), __ATOMIC_RELEASE);
  if (!enter(kind, id, number)) {
    book::count_lost(&ledger::Lost::things);
    free_entry(number);
    return nullptr;
  }
  if (__builtin_expect(image.limits.kinds, 0)) limits::noted(kind);
  return &thing;
}

void take_over_children(const book::Source& origin) {
  uint32_t used[sizeof(ledger::Header::used) / sizeof(uint32_t)];
  if (!origin.read(offsetof(ledger::Header, used), used, sizeof used)) return;
  uint32_t top = used[static_cast<uint32_t>(ledger::Region::things)];
  for (uint32_t i = 1; i < top && i < Plan::things.count; ++i) {
    Thing theirs;
    if (!origin.read(Plan::things.place(i), &theirs, sizeof theirs)) continue;
    if (ledger::word_state(theirs.word) != State::live || ledger::word_kind(theirs.word) != Kind::process) continue;
    uint32_t number = new_entry();
    if (!number) return;
    theirs.site = book::take_over_site(origin, theirs.site);
    theirs.phase = theirs.mark = 0;  // they tell of that image's texts
    theirs.detail[ledger::thing_detail_size - 1] = 0;
    // Its pipe's stream is gone with the image, if it had one.
    uint64_t word = theirs.word & ~(static_cast<uint64_t>(ledger::thing_stream) << 16);
    theirs.word = 0;
    book::things()[number] = theirs;
    __atomic_store_n(&book::things()[number].word, word, __ATOMIC_RELEASE);
    if (!enter(Kind::process, theirs.id, number)) book::count_lost(&ledger::Lost::things);
  }
}

bool may_ask() { return !lifeguard_vfork_depth && begin() && !image.sealed; }

bool gave(Kind kind, uint64_t id) {
  if (!recording()) return false;
  uint32_t number = 0;
  uint32_t* cell = find(kind, id, &number);
  if (!cell || !__atomic_compare_exchange_n(cell, &number, gone, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
    return false;
  free_entry(number);
  return true;
}

ledger::Thing* thing(Kind kind, uint64_t id) {
  uint32_t number = 0;
  return recording() && find(kind, id, &number) ? &book::things()[number] : nullptr;
}

void thing_flags(Thing* thing, uint16_t flags) {
  __atomic_fetch_or(&thing->word, static_cast<uint64_t>(flags) << 16, __ATOMIC_ACQ_REL);
}

namespace {

const char* absolute(const char* path, Line<4096>* room) {
  if (!path || *path == '/' || image.sealed) return path;
  if (sys::getcwd(room->text, sizeof room->text) <= 0) return path;
  room->used = strlen(room->text);
  *room << "/" << path;
  return room->c_str();
}

}  // namespace

[[gnu::noinline]] void took_path(const char* path, uint16_t flags, Caller caller) {
  Line<4096> room;
  path = absolute(path, &room);
  note_file(took(Kind::path, name_id(path), Detail::path(path), flags, caller), AT_FDCWD, path);
}

[[gnu::noinline]] void gave_path(const char* path) {
  if (!recording() || book::used(ledger::Region::things) <= 1) return;
  Line<4096> room;
  gave(Kind::path, name_id(absolute(path, &room)));
}

void note_file(Thing* thing, int fd, const char* path) {
  struct statx file;
  if (!thing || image.sealed ||
      sys::call_with(__NR_statx, fd, path, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &file) != 0)
    return;
  thing->start = file.stx_ino;
  thing->device = makedev(file.stx_dev_major, file.stx_dev_minor);
  if (file.stx_mask & STATX_BTIME)
    thing->moment = static_cast<uint64_t>(file.stx_btime.tv_sec) * 1'000'000'000 + file.stx_btime.tv_nsec;
}

uint64_t name_id(const char* text) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (; text && *text; ++text) hash = (hash ^ static_cast<uint8_t>(*text)) * 0x100000001b3u;
  return hash;
}

}  // namespace lifeguard
