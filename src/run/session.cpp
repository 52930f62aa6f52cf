#include "src/run/session.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <deque>
#include <fstream>

#include "src/options/entry.h"
#include "src/run/cgroup.h"
#include "src/run/keeper_name.h"
#include "src/run/leftovers.h"
#include "src/run/place.h"

namespace lifeguard::run {
namespace {

int64_t now() {
  timespec time = {};
  clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

Member myself() {
  Member me{getpid(), 0};
  system::process_start(me.pid, &me.start);
  return me;
}

// What the keeper says: one of these, and text behind it.
struct News {
  enum class What : int { started, not_started, stopped, heard, ending, ended, remnant, done } what;
  int number;
  Member who;
  Remnant::What became;
  uint32_t command_size, why_size;
};

// Whatever happens to the command happens to the record first.
class Notes : public Watcher {
 public:
  explicit Notes(Outcome* outcome) : outcome_(outcome) {}
  void started(const Member& first) override {
    outcome_->started = true;
    outcome_->record.first = first;
    save();
  }
  void not_started(int status, const std::string& error) override {
    outcome_->start_status = status;
    outcome_->error = error;
    outcome_->record.end = Record::End::failed;
    outcome_->record.status = status;
    outcome_->record.ended = now();
  }
  void ended(int wait_status) override {
    outcome_->known = true;
    outcome_->wait_status = wait_status;
    Record& record = outcome_->record;
    record.end = WIFSIGNALED(wait_status) ? Record::End::signal : Record::End::exit;
    record.status = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
    record.ended = now();
  }
  void remnant(const Remnant& one) override { outcome_->record.remnants.push_back(one); }
  void save() {
    std::string error;
    if (!outcome_->folder.empty()) write_record(outcome_->folder, outcome_->record, &error);
  }

 protected:
  Outcome* outcome_;
};

// In `run` itself, where a job that is stopped has to stop for the shell to see it.
class NotesOfRun : public Notes {
 public:
  using Notes::Notes;
  void stopped(int signal) override {
    if (signal == SIGSTOP) {
      raise(SIGSTOP);
      return;
    }
    struct sigaction before, plain = {};
    plain.sa_handler = SIG_DFL;
    sigaction(signal, &plain, &before);
    sigset_t one, mask;
    sigemptyset(&one);
    sigaddset(&one, signal);
    raise(signal);
    sigprocmask(SIG_UNBLOCK, &one, &mask);  // here it stops, and from here it goes on
    sigprocmask(SIG_SETMASK, &mask, nullptr);
    sigaction(signal, &before, nullptr);
  }
};

// In the keeper: the record for the case that `run` is gone by then, and word to `run`.
class NotesOfKeeper : public Notes {
 public:
  NotesOfKeeper(Outcome* outcome, int to_run) : Notes(outcome), to_run_(to_run) {}
  void started(const Member& first) override {
    outcome_->started = true;
    outcome_->record.first = first;
    send({News::What::started, 0, first, {}, 0, 0});
  }
  void not_started(int status, const std::string& error) override {
    Notes::not_started(status, error);
    send({News::What::not_started, status, {}, {}, 0, 0}, error);
  }
  void stopped(int signal) override { send({News::What::stopped, signal, {}, {}, 0, 0}); }
  void heard() override { send({News::What::heard, 0, {}, {}, 0, 0}); }
  void ending() override { send({News::What::ending, 0, {}, {}, 0, 0}); }
  void ended(int wait_status) override {
    Notes::ended(wait_status);
    send({News::What::ended, wait_status, {}, {}, 0, 0});
  }
  void remnant(const Remnant& one) override {
    Notes::remnant(one);
    send({News::What::remnant, 0, one.who, one.what, 0, 0}, one.command, one.why);
  }
  void done() { send({News::What::done, 0, {}, {}, 0, 0}); }

 private:
  void send(News news, const std::string& command = "", const std::string& why = "") {
    news.command_size = static_cast<uint32_t>(std::min<size_t>(command.size(), 4096));
    news.why_size = static_cast<uint32_t>(std::min<size_t>(why.size(), 4096));
    std::string message(reinterpret_cast<const char*>(&news), sizeof news);
    message += command.substr(0, news.command_size) + why.substr(0, news.why_size);
    while (::send(to_run_, message.data(), message.size(), MSG_NOSIGNAL) < 0 && errno == EINTR) continue;
  }
  int to_run_;
};

void finish_record(const Settings& settings, const Care& care, Outcome* outcome) {
  Record& record = outcome->record;
  if (!record.ended) record.ended = now();
  if (settings.unlink) record.removed = remove_leftovers(outcome->folder);
  if (!care.cgroup.empty()) leave_cgroup(care.cgroup);
  bool something_lives = false;
  for (const Remnant& one : record.remnants)
    something_lives = something_lives || one.what == Remnant::What::kept || one.what == Remnant::What::left;
  if (!something_lives) unmark(outcome->folder);
}

[[noreturn]] void keep(const Settings& settings, const Care& care, Outcome* outcome, int to_run) {
  name_keeper(outcome->record.runner.pid);
  outcome->record.keeper = myself();
  NotesOfKeeper notes(outcome, to_run);
  {
    Tender tender(care, notes, to_run);
    tender.tend();
    if (tender.abandoned()) {
      outcome->record.lost = true;
      outcome->record.keeper = outcome->record.runner = {};
      finish_record(settings, care, outcome);
      notes.save();
    }
  }
  notes.done();
  _exit(0);
}

// `run` while its keeper tends: hands on what comes in. True: the keeper has done all of it.
class Relay {
 public:
  Relay(Notes& notes, Outcome* outcome, int to_keeper, int parent)
      : notes_(notes), outcome_(outcome), to_keeper_(to_keeper), parent_(parent) {
    sigset_t set = passed_signals();
    signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  }
  ~Relay() { close(signals_); }

  // What is left to do should the keeper be gone.
  Tender::Handover handover() const {
    return {outcome_->record.first, outcome_->known, began_, ending_, {unheard_.begin(), unheard_.end()}};
  }

  bool run() {
    while (!done_) {
      pollfd watched[3] = {{signals_, POLLIN, 0}, {to_keeper_, POLLIN, 0}, {parent_, POLLIN, 0}};
      if (poll(watched, 3, -1) < 0 && errno != EINTR) return false;
      if (watched[0].revents) read_signals();
      if (watched[1].revents && !read_news()) return done_;
      if (watched[2].revents) {
        parent_ = -1;
        order({Tender::Order::end, {}});
        unheard_.push_back({SIGTERM, getppid(), false, 0});
      }
    }
    return true;
  }

 private:
  void order(const Tender::Message& message) { send(to_keeper_, &message, sizeof message, MSG_NOSIGNAL); }

  void read_signals() {
    signalfd_siginfo info;
    while (read(signals_, &info, sizeof info) == sizeof info) {
      Tender::Message message = {Tender::Order::pass, {}};
      message.caught.signal = static_cast<int>(info.ssi_signo);
      message.caught.queued = info.ssi_code == SI_QUEUE;
      message.caught.sender = info.ssi_code > 0 ? 0 : static_cast<int>(info.ssi_pid);
      message.caught.value = info.ssi_int;
      if (!outcome_->record.by_signal && message.caught.signal != SIGWINCH && message.caught.signal != SIGCONT)
        outcome_->record.by_signal = message.caught.signal;
      unheard_.push_back(message.caught);
      order(message);
    }
  }

  bool read_news() {
    char buffer[sizeof(News) + 8192];
    const ssize_t n = recv(to_keeper_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    News news;
    if (n < static_cast<ssize_t>(sizeof news)) return false;
    std::memcpy(&news, buffer, sizeof news);
    const std::string first(buffer + sizeof news, news.command_size);
    switch (news.what) {
      case News::What::started:
        notes_.started(news.who);
        break;
      case News::What::not_started:
        notes_.not_started(news.number, first);
        break;
      case News::What::stopped:
        notes_.stopped(news.number);
        break;
      case News::What::heard:
        if (!unheard_.empty()) unheard_.pop_front();
        break;
      case News::What::ending:
        ending_ = Clock::now();
        break;
      case News::What::ended:
        notes_.ended(news.number);
        break;
      case News::What::remnant:
        notes_.remnant(
            {news.became, news.who, first, std::string(buffer + sizeof news + news.command_size, news.why_size)});
        break;
      case News::What::done:
        done_ = true;
    }
    return true;
  }

  Notes& notes_;
  Outcome* outcome_;
  int to_keeper_, parent_, signals_;
  bool done_ = false;
  const Clock::time_point began_ = Clock::now();
  std::optional<Clock::time_point> ending_;
  std::deque<Caught> unheard_;
};

int open_parent() {
  const int parent = getppid();
  if (parent <= 1) return -1;
  const int descriptor = static_cast<int>(syscall(SYS_pidfd_open, parent, 0));
  return descriptor;
}

void fill_record(const Settings& settings, Record* record) {
  record->runner = myself();
  record->machine.boot = system::boot_id();
  struct stat status;
  if (stat("/proc/self/ns/pid", &status) == 0) record->machine.pid_namespace = status.st_ino;
  record->user = getuid();
  record->command = settings.command;
  char text[PATH_MAX];
  if (getcwd(text, sizeof text)) record->cwd = text;
  if (gethostname(text, sizeof text - 1) == 0) record->host = text;
  record->labels = settings.labels;
  record->exclusive = settings.exclusive;
  record->began = now();
}

}  // namespace

void run_session(const Settings& settings, Outcome* outcome) {
  Record& record = outcome->record;
  fill_record(settings, &record);
  const std::string store = settings.store.empty() ? default_store() : settings.store;
  Care care;
  outcome->start_status = 2;
  if (!open_store(store, &outcome->error)) return;
  if (!find_library(&care.launch.library, &outcome->error)) return;
  if (!make_run(store, record.began, record.runner.pid, settings.command.front(), &outcome->folder, &outcome->error))
    return;
  if (settings.record_first && !write_record(outcome->folder, record, &outcome->error)) return;
  care.launch.command = settings.command;
  care.launch.folder = outcome->folder;
  care.launch.options = settings.options + (settings.options.empty() ? "" : ":") + option_entry("store", store);
  care.launch.limits = settings.limits;
  const sigset_t mask = block_signals(&care.launch.ignores_children);
  care.launch.mask = &mask;
  care.spared = settings.spared;
  care.spared.session = getsid(0);
  care.grace = settings.grace;
  care.timeout = settings.timeout;
  care.on_end = settings.on_end;
  care.launch.cgroup = make_cgroup(record.runner.pid, record.runner.start, &care.cgroup);
  record.cgroup = care.cgroup;

  // Done while the command begins, which would have to wait for it else.
  const auto make_room = [&] {
    prune(store, {settings.store_runs, record.runner.pid % 8 == 0 ? settings.store_bytes : UINT64_MAX, INT64_MIN});
  };
  const int parent = settings.die_with_parent ? open_parent() : -1;
  NotesOfRun notes(outcome);
  notes.save();  // from now on it can be told whose the command is, whoever is killed
  int ends[2] = {-1, -1};
  int keeper = -1;
  if (settings.keeper && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0) {
    prctl(PR_SET_CHILD_SUBREAPER, 1);  // should the keeper be killed, all of it comes to us
    std::fflush(nullptr);
    keeper = fork();
    if (keeper == 0) {
      close(ends[0]);
      keep(settings, care, outcome, ends[1]);
    }
    close(ends[1]);
  }
  bool done = false;
  Tender::Handover handover;
  if (keeper > 0) {
    record.keeper.pid = keeper;
    system::process_start(keeper, &record.keeper.start);
    make_room();
    Relay relay(notes, outcome, ends[0], parent);
    done = relay.run();
    handover = relay.handover();
    close(ends[0]);
    if (done) waitpid(keeper, nullptr, 0);
  }
  if (!done) {
    if (keeper <= 0) make_room();
    Tender tender(care, notes, -1);
    tender.another = parent;
    if (keeper <= 0) {
      tender.tend();
    } else {
      if (!outcome->started && outcome->error.empty()) outcome->error = "its keeper was killed as the command began";
      handover.has_ended = handover.has_ended || !outcome->started;
      tender.take_over(handover);
    }
  }
  if (parent >= 0) close(parent);
  if (care.launch.cgroup >= 0) close(care.launch.cgroup);
  record.keeper = {};
  finish_record(settings, care, outcome);
  sigprocmask(SIG_SETMASK, &mask, nullptr);
}

void end_like(const Outcome& outcome) {
  std::fflush(nullptr);
  if (!outcome.started) _exit(outcome.start_status);
  if (!outcome.known) _exit(1);
  if (!WIFSIGNALED(outcome.wait_status)) _exit(WEXITSTATUS(outcome.wait_status));
  const int number = WTERMSIG(outcome.wait_status);
  const rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
  signal(number, SIG_DFL);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, number);
  raise(number);
  sigprocmask(SIG_UNBLOCK, &one, nullptr);
  _exit(128 + number);  // a signal that ends nobody: it cannot have been
}

}  // namespace lifeguard::run
