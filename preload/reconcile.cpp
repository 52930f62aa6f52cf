// The ledger is held against what is really open, once the end of the process has begun and nothing is recorded any
// more.
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "preload/ending.h"
#include "preload/ledger.h"
#include "preload/proc.h"
#include "preload/slots.h"
#include "preload/store.h"
#include "preload/sys.h"
#include "preload/tracker.h"

namespace lifeguard::ending {
namespace {

using ledger::Slot;
using ledger::State;

Kind kind_of(const struct stat& status, Slice target) {
  if (S_ISDIR(status.st_mode)) return Kind::directory;
  if (S_ISSOCK(status.st_mode)) return Kind::socket;
  if (S_ISFIFO(status.st_mode)) return Kind::pipe;
  if (starts_with(target, "anon_inode:")) return Kind::event;
  if (starts_with(target, "/memfd:")) return Kind::memfd;
  if (starts_with(target, "/dev/pt")) return Kind::pty;
  return Kind::file;
}

bool has_address(const sockaddr_storage& address, unsigned size) {
  return size > sizeof(sa_family_t) && address.ss_family != AF_UNSPEC;
}

// Both ends of a socket as the kernel has them now: the port it chose itself, a peer that was never asked for. True: it
// listens.
bool ends_of_socket(uint32_t fd, Slot* slot) {
  sockaddr_storage address = {};
  unsigned size = sizeof address;
  char word[32];
  size_t word_size = 0;
  if (slot->detail[0] == static_cast<uint8_t>(DetailTag::text) && slot->detail[1] <= sizeof word)
    memcpy(word, slot->detail + 2, word_size = slot->detail[1]);
  size_t at = 0;
  auto piece = [&](DetailTag tag, const void* data, size_t length) {
    if (at + 3 + length > ledger::detail_size) return;
    slot->detail[at] = static_cast<uint8_t>(tag);
    slot->detail[at + 1] = static_cast<uint8_t>(length);
    memcpy(slot->detail + at + 2, data, length);
    at += 2 + length;
    slot->detail[at] = 0;
  };
  bool local = sys::call_with(__NR_getsockname, fd, &address, &size) == 0 && has_address(address, size);
  sockaddr_storage peer = {};
  unsigned peer_size = sizeof peer;
  bool remote = sys::call_with(__NR_getpeername, fd, &peer, &peer_size) == 0 && has_address(peer, peer_size);
  if (local || remote) {
    if (word_size) piece(DetailTag::text, word, word_size);
    if (local) piece(DetailTag::local, &address, size < sizeof address ? size : sizeof address);
    if (remote) piece(DetailTag::peer, &peer, peer_size < sizeof peer ? peer_size : sizeof peer);
  }
  int listens = 0;
  unsigned listens_size = sizeof listens;
  return sys::call_with(__NR_getsockopt, fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &listens_size) == 0 && listens;
}

// Whether a number that was recorded as one thing leads to another: closed and taken anew where no hook fires.
bool replaced(Kind recorded, Slice target) {
  bool pipe = starts_with(target, "pipe:["), socket = starts_with(target, "socket:["), path = target.data[0] == '/';
  switch (recorded) {
    case Kind::file:
    case Kind::directory:
    case Kind::queue:
    case Kind::memfd:
    case Kind::pty:
      return !path;
    case Kind::socket:
    case Kind::listener:
      return !socket;
    case Kind::pipe:
      return !pipe;
    case Kind::event:
      return path || pipe || socket;
    default:
      return false;
  }
}

uint64_t make_unseen(Slot* slot, uint64_t word) {
  slot->detail[0] = 0;
  slot->site = slot->closer = slot->thread = slot->bound = 0;
  slot->born = 0;
  word = ledger::make_word(State::unseen, Kind::none, 0, ledger::word_generation(word) + 1);
  __atomic_store_n(&slot->word, word, __ATOMIC_RELEASE);
  return word;
}

// Asks the system what a descriptor that is left really is: only for those, so the program never pays for it.
void look_closer(uint32_t fd, Slot* slot, uint64_t word) {
  [[WIPED]] static char target[4096];
  Line<64> link;
  link << "/proc/self/fd/" << fd;
  long n = sys::readlinkat(AT_FDCWD, link.c_str(), target, sizeof target - 1);
  Slice name(target, n > 0 ? static_cast<size_t>(n) : 0);
  target[name.size] = 0;
  struct stat status = {};
  if (sys::fstat(fd, &status) != 0) return;
  slot->inode = status.st_ino;
  Kind kind = ledger::word_kind(word);
  if (__atomic_load_n(&slot->word, __ATOMIC_ACQUIRE) != word) return;  // another thread is quicker than this look
  if (name.size && ledger::word_state(word) == State::live && replaced(kind, name)) {
    word = make_unseen(slot, word);
    kind = Kind::none;
  }
  if (kind == Kind::none || kind == Kind::descriptor) kind = kind_of(status, name);
  if (kind == Kind::file && (S_ISDIR(status.st_mode) || S_ISFIFO(status.st_mode) || starts_with(name, "/dev/pt")))
    kind = kind_of(status, name);
  uint16_t flags = ledger::word_flags(word);
  constexpr Slice deleted = " (deleted)";
  bool is_deleted = S_ISREG(status.st_mode) && status.st_nlink == 0 && name.size > deleted.size &&
                    name.from(name.size - deleted.size) == deleted;
  if (is_deleted && kind != Kind::memfd) {
    flags |= ledger::slot_deleted;
    slot->bytes = static_cast<uint64_t>(status.st_blocks) * 512;
  }
  if (kind == Kind::socket || kind == Kind::listener) {
    if (ends_of_socket(fd, slot) && kind == Kind::socket) kind = Kind::listener;
    if (slot->detail[0]) name = {};
  }
  // The whole path, where the program gave one relative to somewhere, or where nothing was known at all; behind the
  // word of how it came here, where it arrived from elsewhere.
  size_t at = ledger::word_kind(word) == Kind::descriptor && slot->detail[0] ? 2u + slot->detail[1] : 0;
  bool nothing = slot->detail[at] == 0;
  bool relative = slot->detail[0] == static_cast<uint8_t>(DetailTag::path) && slot->detail[1] && slot->detail[2] != '/';
  if (name.size && (nothing || (relative && target[0] == '/'))) {
    if (is_deleted) name = name.first(name.size - deleted.size);
    size_t room = ledger::detail_size - 3 - at;
    if (name.size > room) {
      name = name.from(name.size - room);
      flags |= ledger::slot_cut;
    }
    slot->detail[at] = static_cast<uint8_t>(target[0] == '/' ? DetailTag::path : DetailTag::text);
    slot->detail[at + 1] = static_cast<uint8_t>(name.size);
    memcpy(slot->detail + at + 2, name.data, name.size);
    slot->detail[at + 2 + name.size] = 0;
  }
  uint64_t now = ledger::make_word(ledger::word_state(word), kind, flags, ledger::word_generation(word));
  __atomic_compare_exchange_n(&slot->word, &word, now, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

constexpr uint32_t slots_in_chunk = chunk_size / sizeof(Slot);

Slot* slot_at(uint32_t fd, bool reserve) {
  uint64_t offset = Plan::slots.place(fd);
  if (!process.chunks[offset >> chunk_shift] && !(reserve && book::reserve(offset, offset + sizeof(Slot))))
    return nullptr;
  return &book::slots()[fd];
}

// Whether the program itself still has it, and as the same thing: our own table is a copy from a moment ago.
bool still_open(uint32_t fd) {
  char here[128], there[128];
  Line<64> path;
  path << "/proc/self/fd/" << fd;
  long n = sys::readlinkat(AT_FDCWD, path.c_str(), here, sizeof here);
  path.clear();
  path << "/proc/" << static_cast<uint64_t>(process.pid) << "/fd/" << fd;
  long m = sys::readlinkat(AT_FDCWD, path.c_str(), there, sizeof there);
  return m >= 0 && n == m && memcmp(here, there, static_cast<size_t>(n)) == 0;
}

bool other_threads() {
  Line<64> path;
  path << "/proc/" << static_cast<uint64_t>(process.pid) << "/task";
  struct stat status = {};
  return sys::newfstatat(AT_FDCWD, path.c_str(), &status, 0) != 0 || status.st_nlink > 3;
}

}  // namespace

void reconcile() {
  proc::list_descriptors();
  each_slot([](uint32_t fd, Slot* slot, uint64_t word) {
    State state = ledger::word_state(word);
    if (state == State::empty || state == State::closed) return;
    bool open = proc::numbers.known ? proc::is_open(fd) : sys::fcntl(fd, F_GETFD) >= 0;
    if (!open) {
      uint64_t closed = (word & ~0xffull) | static_cast<uint64_t>(State::closed);
      __atomic_compare_exchange_n(&slot->word, &word, closed, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
    }
  });
  bool others_run = other_threads();
  int patience = 20;
  for (uint32_t fd = 0; proc::numbers.known && fd < image.descriptors; ++fd) {
    if (!proc::numbers.open[fd / 64]) {
      fd |= 63;
      continue;
    }
    if (!proc::is_open(fd) || (others_run && !still_open(fd))) continue;
    Slot* slot = slot_at(fd, true);
    if (!slot) {
      book::count_lost(&ledger::Lost::storage);
      continue;
    }
    uint64_t word = __atomic_load_n(&slot->word, __ATOMIC_ACQUIRE);
    State state = ledger::word_state(word);
    if (state == State::closing) continue;  // another thread is at it
    if (state == State::empty || state == State::closed) {
      if (others_run && patience) {
        // A thread may have been stopped on its way from the kernel to its note: it is given a moment, and asked again.
        timespec moment = {0, 1'000'000};
        sys::call_with(__NR_nanosleep, &moment, nullptr);
        --patience;
        --fd;
        continue;
      }
      word = make_unseen(slot, word);
      book::raise_top(fd);
    }
    look_closer(fd, slot, word);
  }
  book::header().end.reconciled = 1;
}

}  // namespace lifeguard::ending
