#include "src/run/sweep.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "src/options/slice.h"
#include "src/system/process.h"
#include "src/system/signalling.h"

namespace lifeguard::run {
namespace {

using namespace std::chrono_literals;

// How long SIGKILL may take: a process that is deep in the kernel comes back first.
constexpr auto patience = 1500ms;

bool matches(const std::string& pattern, const std::string& text) {
  return glob_match({pattern.data(), pattern.size()}, {text.data(), text.size()});
}

bool no_child_left() {
  siginfo_t info = {};
  return waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) != 0;
}

}  // namespace

bool Sweep::spare(const system::Seen& seen, const std::string& command) const {
  if (spared_.daemons && seen.session != spared_.session) return true;
  const std::string path = command.substr(0, command.find(' '));
  for (const std::string& pattern : spared_.patterns)
    for (const std::string& text : {seen.name, path.substr(path.rfind('/') + 1), path, command})
      if (matches(pattern, text)) return true;
  return false;
}

Sweep::Met* Sweep::meet(const system::Seen& seen) {
  const auto key = std::pair(seen.pid, seen.start);
  const auto known = met_.find(key);
  if (known != met_.end()) return &order_[known->second].second;
  Met met;
  met.remnant.who = {seen.pid, seen.start};
  met.remnant.command = system::command_of(seen.pid);
  if (met.remnant.command.empty()) met.remnant.command = '[' + seen.name + ']';
  if (spare(seen, met.remnant.command)) met.remnant.what = Remnant::What::kept;
  met_[key] = order_.size();
  order_.emplace_back(key, std::move(met));
  return &order_.back().second;
}

// Who is there and has to go. What stands below a process that is kept is kept with it.
std::vector<Sweep::Met*> Sweep::look() {
  std::vector<std::pair<int, uint64_t>> wanted;
  std::set<int> kept;
  for (const system::Seen& seen : system::descendants(system::look_at_all(), getpid())) {
    if (seen.state == 'Z' || seen.state == 'X') continue;
    Met* met = meet(seen);
    if (kept.contains(seen.parent)) met->remnant.what = Remnant::What::kept;
    if (met->remnant.what == Remnant::What::kept)
      kept.insert(seen.pid);
    else
      wanted.emplace_back(seen.pid, seen.start);
  }
  std::vector<Met*> found;
  for (const auto& key : wanted) found.push_back(&order_[met_[key]].second);
  return found;
}

void Sweep::ask(Met* met) {
  if (met->asked) return;
  met->asked = true;
  met->remnant.what = Remnant::What::terminated;
  const Member& who = met->remnant.who;
  // One that is stopped does not hear it until it goes on.
  const system::Sent sent = system::send_signal(who.pid, who.start, SIGTERM);
  if (sent == system::Sent::sent) system::send_signal(who.pid, who.start, SIGCONT);
  met->by_itself = sent == system::Sent::gone;
}

void Sweep::kill(Met* met) {
  const Member& who = met->remnant.who;
  switch (system::send_signal(who.pid, who.start, SIGKILL)) {
    case system::Sent::sent:
      met->remnant.what = Remnant::What::killed;
      break;
    case system::Sent::gone:
      if (met->remnant.what == Remnant::What::left) met->by_itself = true;
      break;
    default:
      met->remnant.what = Remnant::What::left;
      met->remnant.why = "it belongs to another user, and may not be ended";
  }
}

// A chain of processes that each start the next and end is hard to meet by looking at all: but each becomes a child of
// the reaper when the one before it is gone.
void Sweep::kill_quickly() {
  if (!cgroup.empty() && spared_.patterns.empty() && !spared_.daemons) {
    const int file = open((cgroup + "/cgroup.kill").c_str(), O_WRONLY | O_CLOEXEC);
    if (file >= 0) {
      if (write(file, "1", 1) == 1) wait_(Clock::now());
      close(file);
    }
  }
  std::vector<int> children;
  for (int tries = 0; tries < 64 && system::children_of(getpid(), &children) && !children.empty(); ++tries) {
    bool any = false;
    for (const int pid : children) {
      system::Seen seen;
      if (!system::look_at(pid, &seen) || seen.parent != getpid() || seen.state == 'Z') continue;
      Met* met = meet(seen);
      if (met->remnant.what == Remnant::What::kept) continue;
      kill(met);
      any = any || met->remnant.what == Remnant::What::killed;
    }
    wait_(Clock::now());
    if (!any) return;
  }
}

bool Sweep::spares_nobody() const {
  return std::none_of(order_.begin(), order_.end(), [](const auto& met) {
    const Remnant& one = met.second.remnant;
    return one.what == Remnant::What::kept || (one.what == Remnant::What::left && !one.why.empty());
  });
}

void Sweep::run(Clock::duration grace) {
  const auto deadline = Clock::now() + grace;
  auto end = deadline + patience;
  bool killing = false;
  for (unsigned empty_looks = 0; empty_looks < 2;) {
    wait_(Clock::now());
    if (no_child_left()) break;
    const std::vector<Met*> found = look();
    const bool all_refused = std::all_of(found.begin(), found.end(), [](const Met* met) {
      return met->remnant.what == Remnant::What::left && !met->remnant.why.empty();
    });
    if (found.empty() || (killing && all_refused)) {
      // Processes that each start the next and end can run away from any look. Where nobody is spared, having a child
      // is proof that there are some.
      if (spares_nobody()) {
        if (Clock::now() >= end) break;
        wait_(Clock::now() + 1ms);
        if (Clock::now() >= deadline || hurried_()) kill_quickly();
      } else {
        ++empty_looks;
      }
      continue;
    }
    empty_looks = 0;
    if (!killing && (Clock::now() >= deadline || hurried_())) {
      killing = true;
      end = Clock::now() + patience;
    }
    for (Met* met : found) killing ? kill(met) : ask(met);
    if (killing) kill_quickly();
    if (killing && Clock::now() >= end) {
      for (Met* met : look()) {
        met->remnant.what = Remnant::What::left;
        if (met->remnant.why.empty()) met->remnant.why = "it does not react to SIGKILL";
      }
      break;
    }
    // A child that ends wakes us; one of somebody else's below does not.
    const auto moment = Clock::now() + (killing ? 2ms : 20ms);
    wait_(killing ? moment : std::min(moment, deadline));
  }
}

std::vector<Remnant> Sweep::remnants() const {
  std::vector<Remnant> all;
  for (const auto& [key, met] : order_)
    if (!met.by_itself) all.push_back(met.remnant);
  return all;
}

std::vector<Member> Sweep::kept() const {
  std::vector<Member> all;
  for (const auto& [key, met] : order_)
    if (met.remnant.what == Remnant::What::kept) all.push_back(met.remnant.who);
  return all;
}

}  // namespace lifeguard::run
