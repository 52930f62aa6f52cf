// Ends what is left below a process that is the reaper of its tree: SIGTERM, a while to comply, SIGKILL, and looks
// until nothing is left. Nothing can get away from it: whoever loses its parent becomes the reaper's own child, so a
// tree that still has a member leaves the reaper with a child, and having none is proof.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "src/run/record.h"
#include "src/system/tree.h"

namespace lifeguard::run {

using Clock = std::chrono::steady_clock;

// What is spared.
struct Spared {
  std::vector<std::string> patterns;  // globs of a program's name, path or whole command
  bool daemons = false;               // in a session of their own
  int session = 0;                    // that the command was started in
};

class Sweep {
 public:
  // grace_over is asked all the time: a person in a hurry may put an end to it. wait lets some time pass, at most until
  // that moment, and takes in children that have ended.
  Sweep(const Spared& spared, std::function<void(Clock::time_point until)> wait, std::function<bool()> hurried)
      : spared_(spared), wait_(std::move(wait)), hurried_(std::move(hurried)) {}

  // Returns when nothing is left but what is spared or may not be ended. May be called again, for what came since.
  void run(Clock::duration grace);

  // Of all that was met, what became of it.
  std::vector<Remnant> remnants() const;
  std::vector<Member> kept() const;

  std::string cgroup;  // the folder of one that holds the tree and nothing else; empty: there is none

 private:
  struct Met {
    Remnant remnant;
    bool asked = false, by_itself = false;
  };
  std::vector<Met*> look();
  Met* meet(const system::Seen& seen);
  bool spare(const system::Seen& seen, const std::string& command) const;
  void ask(Met* met);
  void kill(Met* met);
  void kill_quickly();
  bool spares_nobody() const;

  Spared spared_;
  std::function<void(Clock::time_point)> wait_;
  std::function<bool()> hurried_;
  std::vector<std::pair<std::pair<int, uint64_t>, Met>> order_;
  std::map<std::pair<int, uint64_t>, size_t> met_;
};

}  // namespace lifeguard::run
