#include "src/run/tend.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

namespace lifeguard::run {
namespace {

using namespace std::chrono_literals;

constexpr auto far = std::chrono::hours(24);

bool asks_to_end(int signal) { return signal == SIGTERM || signal == SIGINT || signal == SIGQUIT || signal == SIGHUP; }

}  // namespace

bool has_terminal() {
  const int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (terminal >= 0) close(terminal);
  return terminal >= 0;
}

sigset_t passed_signals() {
  static sigset_t set;
  static bool known = false;
  if (known) return set;
  known = true;
  sigfillset(&set);
  for (const int own : {SIGKILL, SIGSTOP, SIGCHLD, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS, SIGPIPE,
                        SIGXCPU, SIGXFSZ})
    sigdelset(&set, own);
  // What was ignored from the start (nohup, a job in the background of a script) stays so, for the command too.
  struct sigaction action;
  for (int number = 1; number < NSIG; ++number)
    if (sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) sigdelset(&set, number);
  return set;
}

sigset_t block_signals(bool* children_ignored) {
  struct sigaction before;
  sigaction(SIGCHLD, nullptr, &before);
  *children_ignored = before.sa_handler == SIG_IGN;
  signal(SIGCHLD, SIG_DFL);  // else nobody could wait for the command
  sigset_t set = passed_signals(), mask;
  for (const int own : {SIGCHLD, SIGPIPE}) sigaddset(&set, own);
  sigprocmask(SIG_BLOCK, &set, &mask);
  return mask;
}

Tender::Tender(const Care& care, Watcher& watcher, int orders)
    : care_(care), watcher_(watcher), orders_(orders), had_terminal_(has_terminal()) {
  sigset_t set = passed_signals();
  sigaddset(&set, SIGCHLD);
  signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
}

Tender::~Tender() {
  if (signals_ >= 0) close(signals_);
}

void Tender::reap() {
  int status = 0;
  for (int pid; (pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0;) {
    if (pid != first_.pid || !running_) continue;
    if (WIFSTOPPED(status)) {
      watcher_.stopped(WSTOPSIG(status));
    } else {
      running_ = false;
      watcher_.ended(status);
    }
  }
}

void Tender::pass(const Caught& caught) {
  if (!running_) return;
  if (caught.queued)
    sigqueue(first_.pid, caught.signal, sigval{.sival_int = caught.value});
  else
    kill(first_.pid, caught.signal);  // a child that has not been waited for: the number is its own
}

// A signal for the whole process group has come to the command as well, and is not to come twice. `run` and its keeper
// both have it then, from one sender.
void Tender::pass_unless_known(const Caught& caught) {
  if (sweeping_) {
    hurried_ = hurried_ || asks_to_end(caught.signal);
    return;
  }
  read_signals();
  const auto same = std::find_if(own_.begin(), own_.end(), [&caught](const Caught& one) {
    return one.signal == caught.signal && one.sender == caught.sender;
  });
  // Without a keeper: what the kernel sends is for the foreground group, but for a hang-up, of which it tells the
  // leader of the session alone.
  const bool kernel = caught.sender == 0 && !caught.queued;
  const bool group =
      same != own_.end() || (orders_ < 0 && kernel && !(caught.signal == SIGHUP && getsid(0) == getpid()));
  if (same != own_.end()) own_.erase(same);
  if (!group || getpgid(first_.pid) != getpgrp()) pass(caught);
  // SIGTERM asks the command to end, and so does a terminal that is gone: it has its grace for that.
  if (caught.signal == SIGTERM || (caught.signal == SIGHUP && had_terminal_ && !has_terminal())) end_soon(0);
}

void Tender::end_soon(int signal) {
  if (signal && running_) {
    pass({signal, 0, false, 0});
    pass({SIGCONT, 0, false, 0});  // one that is stopped does not hear it until it goes on
  }
  if (kill_at_) return;
  kill_at_ = Clock::now() + care_.grace;
  watcher_.ending();
}

void Tender::read_signals() {
  signalfd_siginfo info;
  while (read(signals_, &info, sizeof info) == sizeof info) {
    const int number = static_cast<int>(info.ssi_signo);
    if (number == SIGCHLD) continue;
    Caught caught;
    caught.signal = number;
    caught.queued = info.ssi_code == SI_QUEUE;
    caught.sender = info.ssi_code > 0 ? 0 : static_cast<int>(info.ssi_pid);
    caught.value = info.ssi_int;
    if (orders_ < 0) {
      pass_unless_known(caught);
    } else {
      if (own_.size() > 64) own_.erase(own_.begin());
      own_.push_back(caught);
    }
  }
}

void Tender::read_orders() {
  Message message;
  while (orders_ >= 0 && !abandoned_) {
    const ssize_t n = recv(orders_, &message, sizeof message, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n != sizeof message) {
      abandoned_ = true;
      return;
    }
    if (message.order == Order::end)
      end_soon(SIGTERM);
    else
      pass_unless_known(message.caught);
    watcher_.heard();
  }
}

void Tender::wait(Clock::time_point until) {
  pollfd watched[3] = {{signals_, POLLIN, 0}, {abandoned_ ? -1 : orders_, POLLIN, 0}, {another, POLLIN, 0}};
  const auto left = std::max(until - Clock::now(), Clock::duration::zero());
  const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(left).count();
  const timespec patience = {nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
  if (ppoll(watched, 3, &patience, nullptr) < 0 && errno != EINTR) return;
  if (watched[0].revents) read_signals();
  if (watched[1].revents) read_orders();
  if (watched[2].revents) {
    another = -1;
    end_soon(SIGTERM);
    hurried_ = hurried_ || sweeping_;
  }
  reap();
}

// While the command runs.
void Tender::attend() {
  while (running_ && !abandoned_) {
    auto until = Clock::now() + far;
    if (timeout_at_) until = std::min(until, *timeout_at_);
    if (kill_at_) until = std::min(until, *kill_at_);
    wait(until);
    const auto now = Clock::now();
    if (running_ && timeout_at_ && now >= *timeout_at_) {
      timeout_at_.reset();
      end_soon(SIGTERM);
    }
    if (running_ && kill_at_ && now >= *kill_at_) {
      pass({SIGKILL, 0, false, 0});
      was_killed_ = true;
      kill_at_ = now + far;
    }
  }
}

void Tender::sweep() {
  sweeping_ = true;
  Sweep sweep(
      care_.spared, [this](Clock::time_point until) { wait(until); }, [this] { return hurried_; });
  sweep.cgroup = care_.cgroup;
  // A command that had to be killed has had the grace for all of its tree, but for a moment to notice.
  sweep.run(was_killed_ ? std::min<Clock::duration>(care_.grace, 1s) : care_.grace);
  if (!care_.on_end.empty()) {
    run_on_end();
    sweep.run(care_.grace);
  }
  for (const Remnant& one : sweep.remnants()) watcher_.remnant(one);
}

void Tender::run_on_end() {
  const int pid = fork();
  if (pid == 0) {
    if (care_.launch.mask) sigprocmask(SIG_SETMASK, care_.launch.mask, nullptr);
    execl("/bin/sh", "sh", "-c", care_.on_end.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  const auto end = Clock::now() + std::max<Clock::duration>(care_.grace, 10s);
  while (pid > 0 && kill(pid, 0) == 0 && Clock::now() < end && !hurried_) wait(std::min(end, Clock::now() + 100ms));
}

bool Tender::tend() {
  Started started;
  if (!start(care_.launch, &started)) {
    watcher_.not_started(started.status, started.error);
    return false;
  }
  first_ = {started.pid, started.start};
  running_ = true;
  if (care_.timeout) timeout_at_ = Clock::now() + *care_.timeout;
  watcher_.started(first_);
  attend();
  sweep();
  return true;
}

void Tender::take_over(const Handover& from) {
  first_ = from.first;
  running_ = !from.has_ended;
  if (care_.timeout) timeout_at_ = from.began + *care_.timeout;
  if (from.ending) kill_at_ = *from.ending + care_.grace;
  reap();
  sweeping_ = !running_;
  for (const Caught& caught : from.unheard) pass_unless_known(caught);
  attend();
  sweep();
}

}  // namespace lifeguard::run
