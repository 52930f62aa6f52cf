#include "preload/closing.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>

#include "preload/beside.h"
#include "preload/ledger.h"
#include "preload/passage.h"
#include "preload/slots.h"
#include "preload/store.h"
#include "preload/sys.h"

// Every stream of libc hangs in one list, the newest first.
extern "C" struct _IO_FILE* _IO_list_all;

namespace lifeguard::closing {
namespace {

using ledger::Kind;
using ledger::Slot;
using ledger::State;

constexpr size_t number_words = ledger::max_descriptors / 64;
[[WIPED]] uint64_t backs_a_stream[number_words];

void find_streams() {
  // The signal that ends the process may have struck while the list was changed, or come of a heap that was
  // overwritten: a fault here would put another signal in its place.
  unsigned most = 100'000;
  for (const _IO_FILE* stream = _IO_list_all; stream && most-- && passage::readable(stream); stream = stream->_chain) {
    auto fd = static_cast<uint32_t>(stream->_fileno);
    if (fd / 64 < number_words) backs_a_stream[fd / 64] |= 1ull << fd % 64;
  }
}

bool has_stream(uint32_t fd, const Slot& slot, Kind kind) {
  if (fd / 64 >= number_words || (backs_a_stream[fd / 64] >> fd % 64 & 1)) return true;
  return (ledger::word_flags(slot.word) & ledger::slot_stream) && kind != Kind::directory;  // a DIR writes nothing
}

// close() waits for such a socket's peer; the kernel at an exit does not.
bool lingers(uint32_t fd) {
  linger how = {};
  unsigned size = sizeof how;
  return sys::call_with(__NR_getsockopt, fd, SOL_SOCKET, SO_LINGER, &how, &size) == 0 && how.l_onoff && how.l_linger;
}

template <typename Visit>
void each_live(Visit visit) {
  each_slot([&](uint32_t fd, const Slot* slot, uint64_t word) {
    if (fd > 2 && ledger::word_state(word) == State::live) visit(fd, *slot, ledger::word_kind(word));
  });
}

bool listens(uint32_t fd) {
  int answer = 0;
  unsigned size = sizeof answer;
  return sys::call_with(__NR_getsockopt, fd, SOL_SOCKET, SO_ACCEPTCONN, &answer, &size) == 0 && answer;
}

}  // namespace

void close_what_is_left(ledger::Cleanup* done) {
  if (!image.options.close || image.shares_descriptors || !only_thread()) return;
  find_streams();
  constexpr bool listeners_first[] = {true, false};
  for (bool listeners : listeners_first)
    each_live([&](uint32_t fd, const Slot& slot, Kind kind) {
      if ((kind == Kind::listener) != listeners || has_stream(fd, slot, kind)) return;
      if (kind == Kind::socket && lingers(fd)) return;
      if (sys::close(fd) == 0) ++done->closed;
    });
}

void listeners_give_way() {
  if (!image.options.close || image.shares_descriptors) return;
  int nothing = -1;
  each_live([&](uint32_t fd, const Slot&, Kind kind) {
    if (kind != Kind::listener || !listens(fd)) return;
    if (nothing < 0) nothing = static_cast<int>(sys::openat(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC, 0));
    if (nothing >= 0) sys::dup2(nothing, fd);
  });
  if (nothing >= 0) sys::close(nothing);
}

}  // namespace lifeguard::closing
