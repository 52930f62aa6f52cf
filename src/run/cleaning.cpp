#include "src/run/cleaning.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <map>

#include "src/system/signalling.h"
#include "src/system/tree.h"

namespace lifeguard::run {
namespace {

using Clock = std::chrono::steady_clock;
using system::Sent;
using namespace std::chrono_literals;

constexpr auto patience = 1500ms;

bool above_us(int pid) {
  system::Seen seen;
  for (int at = getppid(), steps = 0; at > 1 && steps < 1000 && system::look_at(at, &seen); at = seen.parent, ++steps)
    if (at == pid) return true;
  return false;
}

bool alive(const Living& one) { return system::find_alive(one.who) == one.pid; }

const char* refusal(Sent sent) {
  return sent == Sent::foreign ? "it belongs to another user by now" : "the system does not allow to end it";
}

}  // namespace

std::string why_untouchable(const Living& one) {
  if (one.pid < 2) return "pid " + std::to_string(one.pid) + " is nobody's to end";
  if (one.pid == getpid() || above_us(one.pid)) return "this very command runs below it";
  if (one.user != geteuid()) return "it belongs to user " + std::to_string(one.user);
  return "";
}

std::vector<Fate> end_processes(const std::function<std::vector<Living>()>& look, std::chrono::nanoseconds grace) {
  std::vector<Fate> fates;
  std::map<std::pair<int, uint64_t>, size_t> known;
  const auto begun = Clock::now();
  const auto deadline = begun + grace;
  bool killing = false;
  int looks_since = 0;  // after SIGKILL was sent to all: on a loaded machine a look may take long, and so may an end
  auto end = Clock::time_point::max();
  for (int empty_looks = 0; empty_looks < 2;) {
    bool any = false;
    for (const Living& one : look()) {
      const auto [at, added] = known.try_emplace({one.pid, one.who.start}, fates.size());
      if (added) fates.push_back({one, Remnant::What::left, why_untouchable(one)});
      Fate& fate = fates[at->second];
      if (!fate.why.empty() || !alive(one)) continue;
      any = true;
      if (!killing && !added) continue;
      const Sent sent = system::send_signal(one.pid, one.who, one.user, killing ? SIGKILL : SIGTERM);
      if (sent == Sent::sent) {
        fate.what = killing ? Remnant::What::killed : Remnant::What::terminated;
        if (!killing) system::send_signal(one.pid, one.who, one.user, SIGCONT);
      } else if (sent != Sent::gone) {
        fate.what = Remnant::What::left;
        fate.why = refusal(sent);
      }
    }
    empty_looks = any ? 0 : empty_looks + 1;
    if (!any) continue;
    if (!killing && Clock::now() >= deadline) {
      killing = true;
      continue;
    }
    if (killing && looks_since++ == 0) end = Clock::now() + patience;
    if (looks_since > 3 && Clock::now() >= end) break;
    poll(nullptr, 0, killing ? 5 : 20);
  }
  for (Fate& fate : fates)
    if (fate.why.empty() && alive(fate.process)) {
      fate.what = Remnant::What::left;
      fate.why = "it does not react to SIGKILL";
    } else if (fate.why.empty() && fate.what == Remnant::What::left) {
      fate.what = Remnant::What::terminated;  // gone before it could be asked
    }
  return fates;
}

}  // namespace lifeguard::run
