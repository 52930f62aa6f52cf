// children=terminate: SIGTERM, the grace, SIGKILL, and a look that they are gone.
//
// A child that nobody has waited for keeps its pid, and where it leads a process group, that group's number too: so
// each is held back as a zombie until all is done, and waited for then, by its own pid. Signals go through a pidfd
// whose process has been seen to be our child. Never to our own group.
#include <signal.h>
#include <sys/wait.h>

#include "preload/beside.h"
#include "preload/closing.h"
#include "preload/directory.h"
#include "preload/ledger.h"
#include "preload/line.h"
#include "preload/proc.h"
#include "preload/signals.h"
#include "preload/store.h"
#include "preload/sys.h"

namespace lifeguard::closing {
namespace {

using ledger::Kind;
using ledger::Thing;

struct Doing {
  uint8_t ours : 1;    // still to be dealt with
  uint8_t leads : 1;   // a group of its own
  uint8_t ended : 1;   // it has ended, and is a zombie now
  uint8_t empty : 1;   // nobody else is left in its group
  uint8_t killed : 1;  // needed SIGKILL
};
[[WIPED]] Doing doing[Plan::things.count];
[[WIPED]] char entries[4096];

template <typename Visit>
void each_child(Visit visit) {
  uint32_t used = book::used(ledger::Region::things);
  for (uint32_t i = 1; i < used && i < Plan::things.count; ++i) {
    Thing& thing = book::things()[i];
    uint64_t word = __atomic_load_n(&thing.word, __ATOMIC_ACQUIRE);
    if (ledger::word_state(word) == ledger::State::live && ledger::word_kind(word) == Kind::process)
      visit(static_cast<int>(thing.id), doing[i]);
  }
}

constexpr int any_kind = 0x40000000;  // __WALL

// 0: it runs; 1: it has ended and was not waited for; -1: it is no child of ours any more.
int look(int pid, int options) {
  siginfo_t info = {};
  long result = sys::call_with(__NR_waitid, P_PID, pid, &info, WEXITED | WNOHANG | any_kind | options, nullptr);
  if (result != 0) return -1;
  return info.si_pid ? 1 : 0;
}

void send_to_all(int signal) {
  auto own_group = static_cast<int>(sys::call_with(__NR_getpgid, 0));
  auto work = [&] {
    if (!image.in_place) sys::close_range(3u, ~0u, 0);  // the helper's own copies: there is room for what is opened now
    each_child([&](int pid, Doing& child) {
      if (!child.ours) return;
      long pidfd = sys::call_with(__NR_pidfd_open, pid, 0);
      if ((pidfd == -24 || pidfd == -23) && image.in_place) {
        image.needs_helper = true;
        return;
      }
      proc::Stat stat;
      // An unreaped child's pid is nobody else's; that it still is our child is asked once the pidfd holds it fast.
      if (pidfd >= 0 && proc::stat(pid, &stat) && stat.parent == static_cast<int>(process.pid)) {
        child.leads = stat.group == pid && pid != own_group;
        if (!child.ended) sys::call_with(__NR_pidfd_send_signal, pidfd, signal, nullptr, 0);
        if (child.leads) sys::kill(-pid, signal);
      }
      if (pidfd >= 0) sys::close(pidfd);
    });
  };
  beside(work);
}

// Which groups whose leaders have ended still have somebody in them.
void look_at_groups() {
  bool wanted = false;
  each_child([&](int, Doing& child) { wanted = wanted || (child.ours && child.leads && child.ended && !child.empty); });
  if (!wanted) return;
  auto work = [&] {
    if (!image.in_place) sys::close_range(3u, ~0u, 0);
    int proc = open_directory(AT_FDCWD, "/proc");
    if (proc < 0) return;
    each_child([](int, Doing& child) { child.empty = child.ended && child.leads; });
    each_entry(proc, entries, [](const char* name) {
      proc::Stat stat;
      auto pid = static_cast<int>(decimal(name));
      if (pid <= 0 || !proc::stat(pid, &stat) || stat.state == 'Z' || stat.state == 'X') return true;
      each_child([&](int leader, Doing& child) {
        if (stat.group == leader) child.empty = 0;
      });
      return true;
    });
    sys::close(proc);
  };
  beside(work);
}

// How many are not done with.
uint32_t look_at_all() {
  uint32_t left = 0;
  each_child([&](int pid, Doing& child) {
    if (!child.ours || child.ended) return;
    int life = look(pid, WNOWAIT);
    if (life < 0) child.ours = 0;  // waited for by another thread
    child.ended = life > 0;
  });
  look_at_groups();
  each_child([&](int, Doing& child) { left += child.ours && (!child.ended || (child.leads && !child.empty)); });
  return left;
}

// Until all are gone, or that long. The answer: how many are not.
uint32_t wait_for_all(uint64_t nanoseconds) {
  auto now = [] {
    timespec time = {};
    sys::clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
  };
  uint64_t until = now() + nanoseconds;
  timespec pause = {0, 500'000};
  uint32_t left;
  while ((left = look_at_all()) && now() < until && !signals::impatient()) {
    sys::call_with(__NR_nanosleep, &pause, nullptr);
    if (pause.tv_nsec < 20'000'000) pause.tv_nsec *= 2;
  }
  return left;
}

}  // namespace

bool has_children_to_end() {
  if (!image.options.children_terminate) return false;
  bool any = false;
  each_child([&](int, Doing&) { any = true; });
  return any;
}

void end_children(ledger::Cleanup* done) {
  each_child([](int pid, Doing& child) {
    child = {};
    child.ours = look(pid, WNOWAIT) == 0;
  });
  if (image.options.children_terminate) {
    bool any = false;
    each_child([&](int, Doing& child) { any = any || child.ours; });
    if (!any) return;
    send_to_all(SIGTERM);
    // Asked to end by a parent that may be ending its children likewise: done before that one loses patience.
    bool by_parent = process.end_sender && process.end_sender == sys::getppid();
    if (wait_for_all(by_parent ? image.options.grace_ns / 4 * 3 : image.options.grace_ns) && !signals::impatient()) {
      each_child(
          [](int, Doing& child) { child.killed = child.ours && (!child.ended || (child.leads && !child.empty)); });
      send_to_all(SIGKILL);
      wait_for_all(1'000'000'000);
    }
  }
  each_child([&](int pid, Doing& child) {
    if (!child.ours) return;
    if (!child.ended || (child.leads && !child.empty)) {
      ++done->left;
      return;
    }
    look(pid, 0);
    ++done->ended;
    done->killed += child.killed;
  });
}

}  // namespace lifeguard::closing
