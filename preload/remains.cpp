#include "preload/remains.h"

#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "preload/clock.h"
#include "preload/directory.h"
#include "preload/ending.h"
#include "preload/folder.h"
#include "preload/ledger.h"
#include "preload/module_names.h"
#include "preload/passage.h"
#include "preload/proc.h"
#include "preload/store.h"
#include "preload/things.h"
#include "src/judge/shipped.h"

namespace lifeguard::remains {
namespace {

using ledger::State;
using ledger::Thing;

template <typename Visit>
void each_thing(Visit visit) {
  uint32_t used = book::used(ledger::Region::things);
  for (uint32_t i = 1; i < used; ++i) {
    Thing& thing = book::things()[i];
    uint64_t word = __atomic_load_n(&thing.word, __ATOMIC_ACQUIRE);
    if (ledger::word_state(word) == State::live) visit(thing, ledger::word_kind(word), ledger::word_flags(word));
  }
}

void drop(Thing& thing) {
  uint64_t word = thing.word;
  uint64_t closed = (word & ~0xffull) | static_cast<uint64_t>(State::closed);
  __atomic_compare_exchange_n(&thing.word, &word, closed, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

[[WIPED]] char text[8192];

void set_detail(Thing& thing, DetailTag tag, Slice words) {
  if (words.size > ledger::thing_detail_size - 3) words = words.first(ledger::thing_detail_size - 3);
  if (words.empty()) return;
  thing.detail[0] = static_cast<uint8_t>(tag);
  thing.detail[1] = static_cast<uint8_t>(words.size);
  memcpy(thing.detail + 2, words.data, words.size);
  thing.detail[2 + words.size] = 0;
}

// When a process ran last, by the scheduler's clock of its processor in nanoseconds; 0: not known.
uint64_t ran_last(Slice pid) {
  Line<64> path;
  path << "/proc/" << pid << "/sched";
  int n = proc::read_file(path.c_str(), text, sizeof text);
  Slice rest(text, n > 0 ? static_cast<size_t>(n) : 0);
  while (!rest.empty()) {
    Slice line = take_until(&rest, '\n');
    if (!starts_with(line, "se.exec_start")) continue;
    take_until(&line, ':');
    while (!line.empty() && line.data[0] == ' ') line = line.from(1);
    Slice milliseconds = take_until(&line, '.');
    return decimal(milliseconds) * 1'000'000 + (line.size == 6 ? decimal(line) : 0);
  }
  return 0;
}

// For a while on one processor, by whose clock a child ran last: the clocks of two may be seconds apart, in either
// direction, where a hypervisor or interrupts take time from them.
class OnProcessor {
 public:
  explicit OnProcessor(uint64_t number) {
    uint64_t wanted[words] = {};
    size_ = sys::call_with(__NR_sched_getaffinity, 0, sizeof before_, before_);
    if (size_ <= 0 || number / 64 >= words) return;
    wanted[number / 64] = 1ull << number % 64;
    there_ = sys::call_with(__NR_sched_setaffinity, 0, sizeof wanted, wanted) == 0;
  }
  ~OnProcessor() {
    if (there_) sys::call_with(__NR_sched_setaffinity, 0, size_, before_);
  }
  bool there() const { return there_; }

 private:
  static constexpr size_t words = 128;
  uint64_t before_[words] = {};
  long size_ = 0;
  bool there_ = false;
};

// The kernel keeps no time of a death; but an ended process does not run any more.
void note_end(Thing& thing, const proc::Stat& child) {
  Line<16> pid;
  pid << thing.id;
  OnProcessor its(child.processor);
  uint64_t last = ran_last(pid.slice()), now = its.there() ? ran_last("self") : 0;
  if (!last || !now) return;
  uint64_t ago = now > last ? now - last : 0, clock = clock::now();
  thing.moment = clock > ago && clock - ago > thing.born ? clock - ago : thing.born;
}

// A child as /proc shows it: its command, when it started, and whether its session is another.
void look_at_child(Thing& thing, uint16_t flags) {
  Line<64> path;
  path << "/proc/" << thing.id << "/cmdline";
  int n = proc::read_file(path.c_str(), text, sizeof text);
  if (n > 0) {
    for (int i = 0; i + 1 < n; ++i)
      if (text[i] == 0) text[i] = ' ';
    set_detail(thing, DetailTag::text, {text, strlen(text)});
  }
  proc::Stat stat;
  if (!proc::stat(static_cast<int>(thing.id), &stat)) return;
  if (flags & ledger::thing_ended && !thing.detail[0]) set_detail(thing, DetailTag::text, stat.name);
  thing.start = stat.start;
  auto own = static_cast<uint64_t>(sys::call_with(__NR_getsid, static_cast<int>(process.pid)));
  if (stat.session && stat.session != own) thing_flags(&thing, ledger::thing_session);
  if (flags & ledger::thing_ended) note_end(thing, stat);
}

void look_at_thread(Thing& thing, uint16_t flags) {
  if (thing.status == 0) return;
  Line<64> path;
  path << "/proc/" << static_cast<uint64_t>(process.pid) << "/task/" << static_cast<uint64_t>(thing.status) << "/comm";
  int n = proc::read_file(path.c_str(), text, sizeof text);
  if (n > 1 && !thing.detail[0]) set_detail(thing, DetailTag::text, {text, static_cast<size_t>(n) - 1});
  if (n == -2 && (flags & ledger::thing_detached)) drop(thing);
}

Slice name_of(const Thing& thing) {
  ledger::Text whole;
  if (thing.detail[0] != static_cast<uint8_t>(DetailTag::long_path))
    return {reinterpret_cast<const char*>(thing.detail) + 2, thing.detail[1]};
  memcpy(&whole, thing.detail + 2, sizeof whole);
  return book::string(whole);
}

// Whether a name that was made is still there; POSIX segments and semaphores are files too.
bool name_exists(const Thing& thing, Kind kind) {
  Line<4200> path;
  if (kind == Kind::segment) path << "/dev/shm/";
  if (kind == Kind::semaphore) path << "/dev/shm/sem.";
  if (kind == Kind::queue) path << "/dev/mqueue/";
  Slice name = name_of(thing);
  if (kind != Kind::path && !name.empty() && name.data[0] == '/') name = name.from(1);
  path << name;
  if (kind == Kind::queue) return true;  // queues are seldom mounted anywhere
  Thing now = {};
  note_file(&now, AT_FDCWD, path.c_str());
  return now.start && (!thing.start || (now.start == thing.start && now.device == thing.device &&
                                        (!thing.moment || now.moment == thing.moment)));
}

bool id_exists(const Thing& thing, Kind kind) {
  char info[512];
  constexpr int look = 2;  // IPC_STAT
  long number = kind == Kind::segment ? __NR_shmctl : kind == Kind::semaphore ? __NR_semctl : __NR_msgctl;
  long result = kind == Kind::semaphore ? sys::call_with(number, thing.id, 0, look, info)
                                        : sys::call_with(number, thing.id, look, info);
  return result >= 0 || result == -13;
}

// The modules that are loaded, by what they may have been opened as. Other threads may be loading and unloading: so it
// is read as a file, which a wild pointer only makes come to an end.
class Loaded {
 public:
  Loaded() : memory_(static_cast<int>(sys::openat(AT_FDCWD, "/proc/self/mem", O_RDONLY | O_CLOEXEC, 0))) {}
  ~Loaded() {
    if (memory_ >= 0) sys::close(memory_);
  }
  Loaded(const Loaded&) = delete;
  Loaded& operator=(const Loaded&) = delete;

  bool holds(uint64_t id) const {
    r_debug_extended space = {};
    int most = 16;
    for (auto* at = reinterpret_cast<const r_debug_extended*>(&_r_debug); at && most--; at = space.r_next) {
      if (!read(at, &space, sizeof space)) return false;
      if (space.base.r_version < 2) space.r_next = nullptr;
      link_map map = {};
      int most_modules = 10'000;
      for (const link_map* module = space.base.r_map; module && most_modules--; module = map.l_next)
        if (!read(module, &map, sizeof map))
          break;
        else if (is(map, id))
          return true;
    }
    return false;
  }

 private:
  bool read(const void* from, void* to, size_t size) const {
    return sys::pread64(memory_, to, size, from) == static_cast<long>(size);
  }

  const char* string(const void* from) const {
    long n = sys::pread64(memory_, text, sizeof text - 1, from);
    text[n > 0 ? n : 0] = 0;
    return text;
  }

  bool is(const link_map& map, uint64_t id) const {
    const char* path = string(map.l_name);
    if (!*path) return false;
    if (id == name_id(path) || id == name_id(last_part(path))) return true;
    ElfW(Dyn) entry = {};
    const char* names = nullptr;
    uint64_t own = 0;
    int most = 100;
    for (auto* at = map.l_ld; most-- && read(at, &entry, sizeof entry) && entry.d_tag != DT_NULL; ++at) {
      if (entry.d_tag == DT_STRTAB) names = reinterpret_cast<const char*>(entry.d_un.d_ptr);
      if (entry.d_tag == DT_SONAME) own = entry.d_un.d_val;
    }
    return names && own && id == name_id(string(names + own));
  }

  int memory_;
};

// A thread's id, out of its control block. False: that is gone, as it is at any moment where a thread detaches itself
// and ends; so to look first whether it is there would not do.
bool read_tid(uint64_t block, int* tid) {
  auto* place = reinterpret_cast<int*>(block + image.tid_offset);
  iovec there = {place, sizeof *tid};
  sys::Reading reading = sys::read_memory(process.pid, &there, 1, tid, sizeof *tid);
  if (reading != sys::Reading::refused) return reading == sys::Reading::done;
  if (!passage::readable(place)) return false;  // as near as can be
  *tid = *const_cast<const volatile int*>(place);
  return true;
}

}  // namespace

[[gnu::hot]] void ask() {
  each_thing([](Thing& thing, Kind kind, uint16_t flags) {
    if (kind == Kind::thread && !(flags & ledger::thing_detached) && image.tid_offset) {
      if (!read_tid(thing.id, &thing.status)) return drop(thing);
      if (thing.status == 0) thing_flags(&thing, ledger::thing_ended);
    }
    if (kind != Kind::process) return;
    siginfo_t info = {};
    long result = sys::call_with(__NR_waitid, P_PID, thing.id, &info, WEXITED | WNOHANG | WNOWAIT, nullptr);
    if (result == -10 /* ECHILD */) return drop(thing);
    if (result == 0 && info.si_pid) {
      thing.status = info.si_code == CLD_EXITED ? (info.si_status & 0xff) << 8 : info.si_status & 0x7f;
      thing_flags(&thing, ledger::thing_ended);
    }
  });
}

void look_closer() {
  Loaded loaded;
  each_thing([&](Thing& thing, Kind kind, uint16_t flags) {
    if (kind == Kind::process) look_at_child(thing, flags);
    if (kind == Kind::thread) look_at_thread(thing, flags);
    bool named = kind == Kind::path || kind == Kind::segment || kind == Kind::semaphore || kind == Kind::queue;
    if (named && !(flags & ledger::thing_system_v ? id_exists(thing, kind) : name_exists(thing, kind)))
      return drop(thing);
    if (kind == Kind::module && !loaded.holds(thing.id)) return drop(thing);
    thing_flags(&thing, ledger::thing_checked);
  });
}

namespace {

// Its stream is open still: one fault, and told there.
bool told_with_its_stream(const Thing& command) {
  auto number = static_cast<uint32_t>(command.device);
  uint64_t offset = Plan::slots.place(number);
  if (number >= image.descriptors || !process.chunks[offset >> chunk_shift]) return false;
  const ledger::Slot& slot = book::slots()[number];
  return ledger::word_state(slot.word) == State::live && slot.site == command.site;
}

// It may have been made by the program that this was before an exec: its habits count too.
bool maker_has_rule(const char* finding, const Thing& child) {
  const ledger::Site& site = book::sites()[child.site];
  for (unsigned i = 0; child.site && i < site.count; ++i) {
    uint64_t frame = book::frames()[site.first + i];
    if (ledger::frame_has_module(frame) &&
        judge::shipped_rule(finding, book::string(book::modules()[ledger::frame_module(frame)].path), Kind::process,
                            name_of(child), [](Slice) { return false; }))
      return true;
  }
  return false;
}

}  // namespace

bool has_children() {
  bool has = false;
  each_thing([&](Thing&, Kind kind, uint16_t) { has = has || kind == Kind::process; });
  return has;
}

uint64_t daemon_born() {
  uint64_t born = 0;
  each_thing([&](Thing& thing, Kind kind, uint16_t flags) {
    constexpr uint16_t other = ledger::thing_ended | ledger::thing_vfork;
    if (kind == Kind::process && (flags & ledger::thing_session) && !(flags & other) && thing.born > born)
      born = thing.born;
  });
  return born;
}

[[gnu::hot]] Count judge(bool goes_on) {
  Count count;
  uint32_t names = 0;
  uint64_t end = book::header().end.how == ledger::EndHow::none ? clock::now() : book::header().end.time;
  each_thing([&](Thing& thing, Kind kind, uint16_t flags) {
    if (!ending::own_site(thing.site)) return;
    const char* finding = flags & ledger::thing_ended ? "zombie" : "orphan";
    if (kind == Kind::process &&
        (judge::shipped_rule(finding, image.exe, kind, name_of(thing), ending::MadeAt{thing.site}) ||
         maker_has_rule(finding, thing)))
      return;
    switch (kind) {
      case Kind::process: {
        if (goes_on || ((flags & ledger::thing_stream) && told_with_its_stream(thing))) break;
        uint64_t ended = thing.moment ? thing.moment : thing.born;
        if (flags & ledger::thing_ended) {
          count.errors += end >= ended + 1'000'000'000;  // it may have ended while the end was under way
        } else if (flags & ledger::thing_session) {
          ++count.warnings;
        } else {
          ++count.errors;
        }
        break;
      }
      case Kind::thread:
        count.errors += !goes_on && (flags & ledger::thing_ended) && !(flags & ledger::thing_detached);
        break;
      case Kind::path:
      case Kind::segment:
      case Kind::semaphore:
      case Kind::queue:
        ++names;
        break;
      case Kind::own:
        ++count.errors;
        break;
      default:
        break;
    }
  });
  // Asked beside the program only, when its end has been looked at.
  if (names && !(book::header().end.reconciled && folder::others_live())) count.errors += names;
  return count;
}

}  // namespace lifeguard::remains
