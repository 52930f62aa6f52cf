// What is said at the end, to people: by `lifeguard summary` where that program stands beside the library (it knows
// files and lines), else in the library's own few words.
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/poll.h>
#include <sys/stat.h>

#include "preload/beside.h"
#include "preload/clock.h"
#include "preload/directory.h"
#include "preload/ending.h"
#include "preload/holders.h"
#include "preload/ledger.h"
#include "preload/signals.h"
#include "preload/slots.h"
#include "preload/store.h"
#include "preload/sys.h"
#include "preload/tracker.h"

namespace lifeguard::ending {

uint64_t milliseconds() { return clock::now() / 1'000'000; }

namespace {

[[WIPED]] char said[32768];
size_t said_used = 0;

// Where the summary goes; -1: nowhere, as descriptor 2 has become something else, or none is wanted.
int open_target() {
  if (image.options.report == Options::Report::none) return -1;
  if (image.options.report == Options::Report::path) {
    Line<4096> path;
    path << image.options.report_path;
    return static_cast<int>(sys::openat(AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  }
  struct stat status = {};
  if (sys::fstat(2, &status) != 0 || status.st_dev != image.error_device || status.st_ino != image.error_inode)
    return -1;
  return 2;
}

// Whether the descriptor is ready before that time, and before somebody loses patience.
bool ready(int fd, short events, uint64_t until) {
  if (until > say_until) until = say_until;
  constexpr uint64_t slice = 20;
  while (true) {
    uint64_t now = milliseconds();
    uint64_t left = now < until ? until - now : 0;
    pollfd waits = {fd, events, 0};
    if (sys::poll(&waits, 1, left < slice ? left : slice) > 0) return true;
    if (left == 0 || (stage() == Stage::ended && signals::impatient())) return false;
  }
}

void write_all(int target, const char* text, size_t size) {
  constexpr uint64_t pipe = 1ull << 12,
                     too_large = 1ull << 24;  // SIGPIPE, SIGXFSZ: blocked here, and not to outlive us
  uint64_t pending = 0, ours = 0;
  sys::call_with(__NR_rt_sigpending, &pending, 8);
  while (size) {
    if (!ready(target, POLLOUT, milliseconds() + 1000)) return;
    constexpr size_t whole = 4096;  // PIPE_BUF: what a ready pipe takes without waiting
    long n = sys::write(target, text, size < whole ? size : whole);
    ours = (n == -32 ? pipe : n == -27 ? too_large : 0) & ~pending;
    timespec now = {};
    if (ours) sys::call_with(__NR_rt_sigtimedwait, &ours, nullptr, &now, 8);
    if (n == -4) continue;
    if (n <= 0) return;
    text += n;
    size -= static_cast<size_t>(n);
  }
}

// The folder this library was loaded from.
Slice own_folder() {
  dl_find_object object;
  if (_dl_find_object(reinterpret_cast<void*>(&own_folder), &object) != 0) return {};
  Slice path(object.dlfo_link_map->l_name);
  return path.first(path.size - basename(path).size);
}

}  // namespace

bool find_tool(Line<4096>* path) {
  constexpr Slice places[] = {"lifeguard", "../bin/lifeguard"};
  for (Slice relative : places) {
    path->clear();
    if (!starts_with(own_folder(), "/")) *path << image.start_folder << "/";
    *path << own_folder() << relative;
    constexpr int executable = 1;  // X_OK
    if (path->text[0] == '/' && sys::call_with(__NR_faccessat, AT_FDCWD, path->c_str(), executable) == 0) return true;
  }
  return false;
}

namespace {

struct Child {
  const char* program;
  const char* const* arguments;
  const char* const* environment;
  int output;

  void operator()() const {
    uint64_t none = 0;
    sys::rt_sigprocmask(2, &none, nullptr, 8);
    sys::dup2(output, 1);
    int nothing = static_cast<int>(sys::openat(AT_FDCWD, "/dev/null", O_RDWR, 0));
    sys::dup2(nothing, 0);
    sys::dup2(nothing, 2);
    sys::close_range(3u, ~0u, 0);
    sys::execve(program, arguments, environment);
  }
};

// Runs the tool and takes in what it prints; false: it failed, or took more than its second.
bool run_tool(const char* program, bool* nothing_to_say) {
  Line<16> pid;
  pid << static_cast<uint64_t>(process.pid);
  const char* always = image.options.report == Options::Report::always ? "--always" : nullptr;
  const char* arguments[] = {"lifeguard", "summary", image.run_folder, "--pid", pid.c_str(), always, nullptr};
  const char* environment[] = {"LC_ALL=C.UTF-8", image.path_entry, nullptr};
  int ends[2];
  if (sys::failed(sys::pipe2(ends, O_CLOEXEC))) return false;
  Child child{program, arguments, environment, ends[1]};
  auto entry = [](void* it) -> int {
    (*static_cast<Child*>(it))();
    return 127;
  };
  long tool = lifeguard_beside(+entry, &child, nullptr);
  sys::close(ends[1]);
  if (tool <= 0) return sys::close(ends[0]), false;
  uint64_t until = milliseconds() + 1000;
  bool whole = false;
  while (true) {
    if (!ready(ends[0], POLLIN, until)) break;
    long n = sys::read(ends[0], said + said_used, sizeof said - said_used);
    if (n <= 0) {
      whole = n == 0;
      break;
    }
    said_used += static_cast<size_t>(n);
  }
  if (!whole) sys::kill(tool, 9);
  int status = 0;
  sys::wait4(tool, &status, any_kind_of_child, nullptr);
  sys::close(ends[0]);
  *nothing_to_say = whole && status == 1 << 8;
  return whole && (status == 0 || *nothing_to_say);
}

bool ask_tool(bool* nothing_to_say) {
  Line<4096> program;
  if (!process.in_file || !find_tool(&program)) return false;
  bool good = false;
  auto work = [&] { good = run_tool(program.c_str(), nothing_to_say); };
  as_parent(work);
  return good;
}

}  // namespace

namespace {

// Without the tool: one line a site, most first.
void own_words(const Verdict& verdict) {
  uint32_t left = 0;
  holders::clear();
  each_slot([&](uint32_t fd, const ledger::Slot* slot, uint64_t word) {
    if (ledger::word_state(word) != ledger::State::live || !own_site(slot->site)) return;
    ++left;
    holders::add(slot->site, ledger::word_kind(word), fd);
  });
  holders::Text text;
  text << "lifeguard: ";
  text.shown(basename(image.exe));
  text << "[" << process.pid << "] ended with " << left << (left == 1 ? " descriptor" : " descriptors")
       << " still open";
  if (verdict.errors > left) text << " and " << verdict.errors - left << " closed twice";
  text << "\n";
  holders::write(&text, 10);
  if (verdict.relatives) text << "  and what its child processes left\n";
  if (process.in_file) {
    text << "  all of it: lifeguard report ";
    text.shown(image.run_folder) << "\n";
  }
  memcpy(said, text.text, text.used);
  said_used = text.used;
}

}  // namespace

void summarize(const Verdict& verdict) {
  int target = open_target();
  if (target < 0) return;
  bool nothing_to_say = false;
  said_used = 0;
  if (!ask_tool(&nothing_to_say)) {
    said_used = 0;
    if (verdict.bad()) own_words(verdict);
  }
  if (!nothing_to_say) write_all(target, said, said_used);
  const ledger::Cleanup& done = book::header().cleanup;
  if (image.options.report != Options::Report::always && (nothing_to_say || !(done.closed + done.ended + done.left)))
    return;
  Line<256> line;
  line << "lifeguard: cleanup completed: closed " << done.closed << ", ended " << done.ended;
  if (done.killed) line << " (" << done.killed << " by SIGKILL)";
  line << ", left " << done.left << "\n";
  write_all(target, line.text, line.used);
}

void say(Slice text) {
  int target = open_target();
  if (target < 0) return;
  write_all(target, text.data, text.size);
  if (target != 2) sys::close(target);
}

void say_trouble() {
  if (!say_until) say_until = milliseconds() + 1000;
  Line<1024> line;
  line << "lifeguard: ";
  line.shown(image.trouble.slice()) << "\n";
  say(line.slice());
}

}  // namespace lifeguard::ending
