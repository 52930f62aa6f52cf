// Looks after a command from its start until nothing of its tree is left: the reaper of every descendant, the one who
// passes signals on and who ends what stays. It does so in a process of its own, the keeper, which stands between `run`
// and the command and outlives `run`; or in `run` itself, without a keeper or after somebody has killed it.
#pragma once

#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "src/run/launch.h"
#include "src/run/record.h"
#include "src/run/sweep.h"

namespace lifeguard::run {

struct Care {
  Launch launch;
  Spared spared;
  Clock::duration grace{};
  std::optional<Clock::duration> timeout;
  std::string cgroup;  // folder; empty: none
  std::string on_end;  // a command of the shell's, once the tree is gone
};

// A signal that came in.
struct Caught {
  int signal = 0;
  int sender = 0;  // pid; 0: the kernel, which tells the whole foreground group by itself
  bool queued = false;
  int value = 0;
};

// How it goes, for whoever wants to know at once.
class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual void started(const Member&) {}
  virtual void not_started(int status, const std::string& error) = 0;
  virtual void stopped(int /*signal*/) {}
  virtual void heard() {}   // one order has been followed
  virtual void ending() {}  // from now on the command has its grace
  virtual void ended(int wait_status) = 0;
  virtual void remnant(const Remnant&) = 0;
};

// Signals that are passed on. They are blocked in `run` and its keeper, and read when there is time for them.
sigset_t passed_signals();
// Blocks those and SIGCHLD, which must not be ignored either; returns the mask from before, which the command gets.
sigset_t block_signals(bool* children_ignored);

class Tender {
 public:
  // orders: where `run` says what to do; -1: this is `run` itself.
  Tender(const Care& care, Watcher& watcher, int orders);
  ~Tender();
  Tender(const Tender&) = delete;
  Tender& operator=(const Tender&) = delete;

  // What `run` may want, by way of `orders` or, where it tends itself, called from the watcher.
  enum class Order : int {
    pass,
    end
  };  // a signal; the command is to end within the grace, by SIGTERM if by nothing else
  struct Message {
    Order order;
    Caught caught;
  };

  // The whole of it. False: the command could not be started.
  bool tend();
  // The same for a command that somebody else started and tended until now.
  struct Handover {
    Member first;
    bool has_ended = false;
    Clock::time_point began;
    std::optional<Clock::time_point> ending;  // since when it has its grace
    std::vector<Caught> unheard;              // signals of which nobody has said that they were passed on
  };
  void take_over(const Handover& from);

  bool abandoned() const { return abandoned_; }  // `run` has gone
  int another = -1;                              // a descriptor whose readiness means: end (the parent's pidfd)

 private:
  void wait(Clock::time_point until);
  void reap();
  void read_signals();
  void read_orders();
  void pass(const Caught& caught);
  void pass_unless_known(const Caught& caught);
  void end_soon(int signal);
  void attend();
  void sweep();
  void run_on_end();

  const Care& care_;
  Watcher& watcher_;
  int orders_, signals_ = -1;
  Member first_;
  bool running_ = false, abandoned_ = false, hurried_ = false, sweeping_ = false, was_killed_ = false;
  std::optional<Clock::time_point> kill_at_, timeout_at_;
  std::vector<Caught> own_;  // what the keeper itself was sent lately
  bool had_terminal_ = false;
};

// Whether this process has a controlling terminal that is still there.
bool has_terminal();

}  // namespace lifeguard::run
