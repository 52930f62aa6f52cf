#include "preload/program.h"

#include <fcntl.h>
#include <string.h>

#include "preload/beside.h"
#include "preload/ending.h"
#include "preload/ledger.h"
#include "preload/lifecycle.h"
#include "preload/remains.h"
#include "preload/sys.h"
#include "preload/things.h"
#include "preload/tracker.h"
#include "src/judge/own.h"
#include "src/judge/shipped.h"
#include "src/ledger/kinds.h"

namespace lifeguard::program {
namespace {

using ledger::PhaseHead;
using ledger::Slot;
using ledger::State;
using ledger::Thing;

constexpr uint32_t looked_back = 64;  // for a phase of the same name

PhaseHead phase_at(uint32_t number) {
  PhaseHead head;
  memcpy(&head, book::texts() + (number - 1), sizeof head);
  return head;
}

bool is_named(uint32_t number, Slice name) {
  return phase_at(number).length == name.size &&
         memcmp((book::texts() + (number - 1)) + sizeof(PhaseHead), name.data, name.size) == 0;
}

// A phase's name in the texts, with a link to the one before it; its number is where it stands, plus one.
uint32_t phase_named(const char* name) {
  uint32_t& last = book::header().last_phase;
  const auto size = static_cast<uint16_t>(strlen(name));
  uint32_t at = __atomic_load_n(&last, __ATOMIC_ACQUIRE);
  for (uint32_t i = 0; at && i < looked_back; ++i) {
    if (is_named(at, {name, size})) return at;
    at = phase_at(at).previous;
  }
  char bytes[sizeof(PhaseHead) + sizeof image.phase_name];
  uint32_t before = __atomic_load_n(&last, __ATOMIC_ACQUIRE);
  PhaseHead head = {before, size, 0};
  memcpy(bytes, &head, sizeof head);
  memcpy(bytes + sizeof head, name, size);
  ledger::Text text = book::text({bytes, sizeof head + size});
  if (!text.length) return 0;
  uint32_t number = text.offset + 1;
  // Of two threads that enter one each at a time, one may be missing in the list; resources lead to it all the same.
  __atomic_compare_exchange_n(&last, &before, number, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
  return number;
}

bool names_a_descriptor(uint32_t fd, uint64_t word, const Slot& slot) {
  return ledger::word_state(word) == State::live && !(ledger::word_flags(word) & ledger::slot_ignored) &&
         !judge::standard_stream(static_cast<int>(fd)) && ending::own_site(slot.site) &&
         !judge::shipped_rule("open-at-end", image.exe, ledger::word_kind(word), {}, ending::MadeAt{slot.site}) &&
         (image.sealed || sys::fcntl(fd, F_GETFD) >= 0);
}

bool should_be_given_back(const Thing& thing, Kind kind, uint16_t flags) {
  switch (kind) {
    case Kind::thread:
      return !(flags & ledger::thing_detached);
    case Kind::process:
    case Kind::path:
    case Kind::segment:
    case Kind::semaphore:
    case Kind::queue:
    case Kind::own:
      return ending::own_site(thing.site);
    default:
      return false;
  }
}

void tell(const Left* left, const char* kind, const uint8_t* detail) {
  char text[ledger::detail_size];
  const bool words =
      detail[0] == static_cast<uint8_t>(DetailTag::path) || detail[0] == static_cast<uint8_t>(DetailTag::text);
  size_t size = words ? detail[1] : 0;
  if (size > ledger::detail_size - 3) size = ledger::detail_size - 3;
  memcpy(text, detail + 2, size);
  text[size] = 0;
  for (size_t i = 0; i < size; ++i)
    if (text[i] == ledger::own_kind_end) {  // "watcher\x1f..."
      text[i] = 0;
      return left->visit(left->context, text, text + i + 1);
    }
  left->visit(left->context, kind, text);
}

void enter_phase() {
  __atomic_store_n(&image.phase, image.phase_name[0] ? phase_named(image.phase_name) : 0, __ATOMIC_RELEASE);
}

}  // namespace

void enter_phase_of_now() {
  // The texts of a ledger that goes from child to child stay: where the child before began in the same phase, and knew
  // no other, its entry serves again.
  uint32_t& last = book::header().last_phase;
  if (last && !(image.phase_name[0] && phase_at(last).previous == 0 &&
                is_named(last, static_cast<const char*>(image.phase_name))))
    last = 0;
  enter_phase();
}

size_t left_since(uint32_t since, const Left* left) {
  size_t count = 0;
  const uint64_t top = book::header().descriptor_top;
  for (uint32_t fd = 0; fd < top && fd < image.descriptors; ++fd) {
    const uint64_t place = Plan::slots.place(fd);
    if (!process.chunks[place >> chunk_shift]) continue;
    const Slot& slot = book::slots()[fd];
    const uint64_t word = __atomic_load_n(&slot.word, __ATOMIC_ACQUIRE);
    if (slot.mark < since || !names_a_descriptor(fd, word, slot)) continue;
    ++count;
    if (left) tell(left, ledger::kind_name(ledger::word_kind(word)), slot.detail);
  }
  const uint32_t things = book::used(ledger::Region::things);
  for (uint32_t i = 1; i < things; ++i) {
    const Thing& thing = book::things()[i];
    const uint64_t word = __atomic_load_n(&thing.word, __ATOMIC_ACQUIRE);
    const Kind kind = ledger::word_kind(word);
    if (ledger::word_state(word) != State::live || thing.mark < since ||
        !should_be_given_back(thing, kind, ledger::word_flags(word)))
      continue;
    ++count;
    if (left) tell(left, ledger::kind_name(kind), thing.detail);
  }
  return count;
}

// At the end of a process whose other threads may just be closing: they are given until the deadline, in steps, as long
// as anything is left. Where no other thread lives nobody can give anything back any more.
void wait_for_others() {
  if (lifeguard_vfork_depth || stage() != Stage::recording || image.sealed) return;
  if (process.pid != static_cast<uint32_t>(sys::getpid()) || only_thread()) return;
  constexpr uint64_t step = 20'000'000;
  uint64_t left = image.options.settle_ns;
  while (left) {
    remains::ask();
    if (!left_since(0, nullptr)) return;
    const uint64_t pause = left < step ? left : step;
    timespec moment = {0, static_cast<long>(pause)};
    sys::call_with(__NR_nanosleep, &moment, nullptr);
    left -= pause;
    if (only_thread()) return;
  }
}

namespace {

bool awake() { return !lifeguard_vfork_depth && begin(); }

// The name of a kind ends where the detail begins, and stands in files of rules: letters, digits and - _ . alone.
size_t write_kind(const char* kind, char* to, size_t room) {
  size_t n = 0;
  for (const char* c = kind && *kind ? kind : "resource"; *c && n < room; ++c) {
    const bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '-' ||
                       *c == '_' || *c == '.';
    to[n++] = plain ? *c : '_';
  }
  to[n] = 0;
  return n;
}

constexpr size_t longest_kind = 40;

uint64_t key_of(const char* kind, uint64_t id) { return name_id(kind) ^ (id * 0x9e3779b97f4a7c15u + 1); }

struct Description {
  char* text;
  size_t room, used = 0;
  void add(const char* words) {
    for (; *words; ++words, ++used)
      if (used + 1 < room) text[used] = *words;
  }
};

}  // namespace
}  // namespace lifeguard::program

using namespace lifeguard;

#define EXPORTED extern "C" [[gnu::visibility("default"), gnu::used, gnu::noinline]]

EXPORTED void lifeguard_phase(const char* name) {
  if (lifeguard_vfork_depth) return;
  size_t size = name ? strlen(name) : 0;
  if (size >= sizeof image.phase_name) {
    size = sizeof image.phase_name - 1;
    while (size && (static_cast<uint8_t>(name[size]) & 0xc0) == 0x80) --size;  // no character is cut in two
  }
  if (size) memcpy(image.phase_name, name, size);
  image.phase_name[size] = 0;
  if (program::awake()) program::enter_phase();
}

EXPORTED uint64_t lifeguard_mark() {
  return program::awake() ? __atomic_add_fetch(&image.mark, 1, __ATOMIC_ACQ_REL) : 0;
}

EXPORTED int lifeguard_leaks_since(uint64_t mark) {
  if (!program::awake()) return 0;
  return static_cast<int>(program::left_since(static_cast<uint32_t>(mark), nullptr));
}

// A line for each, as far as they fit; returns the size that all of them have.
EXPORTED size_t lifeguard_describe_since(uint64_t mark, char* text, size_t room) {
  program::Description all{text, room};
  if (program::awake()) {
    program::Left left{[](void* context, const char* kind, const char* detail) {
                         auto* to = static_cast<program::Description*>(context);
                         to->add(kind);
                         if (*detail) to->add(" "), to->add(detail);
                         to->add("\n");
                       },
                       &all};
    program::left_since(static_cast<uint32_t>(mark), &left);
  }
  if (room) text[all.used < room ? all.used : room - 1] = 0;
  return all.used;
}

EXPORTED void lifeguard_ignore(int fd) {
  if (fd >= 0 && program::awake()) marked(fd, ledger::slot_ignored, true);
}

EXPORTED void lifeguard_acquired(const char* kind, uint64_t id, const char* detail) {
  const Caller caller = Caller::here();
  if (!program::awake()) return;
  char text[ledger::detail_size];
  size_t size = program::write_kind(kind, text, program::longest_kind);
  const uint64_t key = program::key_of(text, id);
  text[size++] = ledger::own_kind_end;
  for (const char* c = detail; c && *c && size < sizeof text - 4; ++c) text[size++] = *c;
  text[size] = 0;
  took(Kind::own, key, Detail::text(text), 0, caller);
  if (ledger::Thing* known = lifeguard::thing(Kind::own, key)) known->start = id;
}

EXPORTED void lifeguard_released(const char* kind, uint64_t id) {
  if (lifeguard_vfork_depth) return;
  char text[program::longest_kind + 1];
  program::write_kind(kind, text, program::longest_kind);
  gave(Kind::own, program::key_of(text, id));
}
