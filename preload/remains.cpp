#include "preload/remains.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "preload/clock.h"
#include "preload/directory.h"
#include "preload/ending.h"
#include "preload/ledger.h"
#include "preload/passage.h"
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
  if (words.size > ledger::detail_size - 3) words = words.first(ledger::detail_size - 3);
  if (words.empty()) return;
  thing.detail[0] = static_cast<uint8_t>(tag);
  thing.detail[1] = static_cast<uint8_t>(words.size);
  memcpy(thing.detail + 2, words.data, words.size);
  thing.detail[2 + words.size] = 0;
}

// A child as /proc shows it: its command, when it started, and whether its session is another.
void look_at_child(Thing& thing, uint16_t flags) {
  Line<64> path;
  path << "/proc/" << thing.id << "/cmdline";
  int n = store::read_file(path.c_str(), text, sizeof text);
  if (n > 0) {
    for (int i = 0; i + 1 < n; ++i)
      if (text[i] == 0) text[i] = ' ';
    set_detail(thing, DetailTag::text, {text, strlen(text)});
  }
  path.clear();
  path << "/proc/" << thing.id << "/stat";
  n = store::read_file(path.c_str(), text, sizeof text);
  if (n <= 0) return;
  Slice whole(text, static_cast<size_t>(n));
  size_t name_at = 0, name_end = whole.size;
  while (name_at < whole.size && text[name_at] != '(') ++name_at;
  while (name_end > name_at && text[name_end - 1] != ')') --name_end;
  if (flags & ledger::thing_ended && !thing.detail[0] && name_end > name_at + 2)
    set_detail(thing, DetailTag::text, whole.from(name_at + 1).first(name_end - name_at - 2));
  Slice rest = whole.from(name_end);
  take_until(&rest, ' ');
  uint64_t session = 0;
  for (int field = 3; field < 22; ++field) {
    Slice value = take_until(&rest, ' ');
    if (field == 6) session = decimal(value);
  }
  thing.start = decimal(take_until(&rest, ' '));
  auto own = static_cast<uint64_t>(sys::call_with(__NR_getsid, static_cast<int>(process.pid)));
  if (session && session != own) thing_flags(&thing, ledger::thing_session);
}

void look_at_thread(Thing& thing, uint16_t flags) {
  if (thing.status == 0) return;
  Line<64> path;
  path << "/proc/" << static_cast<uint64_t>(process.pid) << "/task/" << static_cast<uint64_t>(thing.status) << "/comm";
  int n = store::read_file(path.c_str(), text, sizeof text);
  if (n > 1 && !thing.detail[0]) set_detail(thing, DetailTag::text, {text, static_cast<size_t>(n) - 1});
  if (n == -2 && (flags & ledger::thing_detached)) drop(thing);
}

Slice name_of(const Thing& thing) { return {reinterpret_cast<const char*>(thing.detail) + 2, thing.detail[1]}; }

// Whether a name that was made is still there; POSIX segments and semaphores are files too.
bool name_exists(const Thing& thing, Kind kind) {
  Line<512> path;
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

}  // namespace

void ask() {
  each_thing([](Thing& thing, Kind kind, uint16_t flags) {
    if (kind == Kind::thread && !(flags & ledger::thing_detached) && image.tid_offset) {
      if (!passage::readable(reinterpret_cast<const void*>(thing.id + image.tid_offset))) return drop(thing);
      thing.status = *reinterpret_cast<const volatile int*>(thing.id + image.tid_offset);
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
  each_thing([](Thing& thing, Kind kind, uint16_t flags) {
    if (kind == Kind::process) look_at_child(thing, flags);
    if (kind == Kind::thread) look_at_thread(thing, flags);
    bool named = kind == Kind::path || kind == Kind::segment || kind == Kind::semaphore || kind == Kind::queue;
    if (named && !(flags & ledger::thing_system_v ? id_exists(thing, kind) : name_exists(thing, kind)))
      return drop(thing);
    thing_flags(&thing, ledger::thing_checked);
  });
}

Count judge() {
  Count count;
  uint64_t now = clock::now();
  each_thing([&](Thing& thing, Kind kind, uint16_t flags) {
    if (!ending::own_site(thing.site)) return;
    const char* finding = flags & ledger::thing_ended ? "zombie" : "orphan";
    if (kind == Kind::process &&
        judge::shipped_rule(finding, image.exe, kind, name_of(thing), ending::MadeAt{thing.site}))
      return;
    switch (kind) {
      case Kind::process:
        if (flags & ledger::thing_ended) {
          count.errors += now - thing.born >= 1'000'000'000;
        } else if (flags & ledger::thing_session) {
          ++count.warnings;
        } else {
          ++count.errors;
        }
        break;
      case Kind::thread:
        count.errors += (flags & ledger::thing_ended) && !(flags & ledger::thing_detached);
        break;
      case Kind::path:
      case Kind::segment:
      case Kind::semaphore:
      case Kind::queue:
        ++count.errors;
        break;
      default:
        break;
    }
  });
  return count;
}

}  // namespace lifeguard::remains
