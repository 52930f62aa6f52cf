#include "src/run/exclusive.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "src/run/place.h"
#include "src/system/signalling.h"

namespace lifeguard::run {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// And its grace: how long its tree may take to end.
Member holder_of(int file, std::chrono::nanoseconds* grace) {
  char text[96] = {};
  Member who;
  unsigned long long start = 0;
  long long nanoseconds = 0;
  if (pread(file, text, sizeof text - 1, 0) <= 0 ||
      std::sscanf(text, "%d %llu %lld", &who.pid, &start, &nanoseconds) != 3)
    return {};
  who.start = start;
  *grace = std::chrono::nanoseconds(std::clamp(nanoseconds, 0LL, 3'600'000'000'000LL));
  return who;
}

bool locked_within(int file, std::chrono::nanoseconds patience) {
  const auto end = Clock::now() + patience;
  while (flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (Clock::now() >= end) return false;
    poll(nullptr, 0, 20);
  }
  return true;
}

}  // namespace

bool good_exclusive_name(const std::string& name) {
  if (name.empty() || name.size() > 100 || name[0] == '.') return false;
  for (const char c : name)
    if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && !std::strchr("._+-", c))
      return false;
  return true;
}

bool take_exclusive(const std::string& store, const std::string& name, bool replace, std::chrono::nanoseconds grace,
                    int* lock, std::string* error) {
  if (!open_store(store, error)) return false;
  const std::string folder = store + "/.exclusive", path = folder + '/' + name;
  mkdir(folder.c_str(), 0700);
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) {
    *error = path + ": cannot be opened: " + std::strerror(errno);
    return false;
  }
  bool taken = flock(file, LOCK_EX | LOCK_NB) == 0;
  std::chrono::nanoseconds theirs = grace;
  const Member before = holder_of(file, &theirs);
  const std::string who = before.pid ? "pid " + std::to_string(before.pid) : "a process that is not known";
  if (!taken && replace) {
    // Whoever stands in the file is asked, if it is still the one that wrote it; its keeper ends the rest.
    if (before.pid) system::send_signal(before.pid, before.start, SIGTERM);
    taken = locked_within(file, 2 * theirs + 2s);
    if (!taken && before.pid) {
      system::send_signal(before.pid, before.start, SIGKILL);
      taken = locked_within(file, theirs + 4s);
    }
  }
  if (!taken) {
    *error = "--exclusive " + name + ": " + who +
             (replace ? " does not give it up" : " runs under that name already (--replace ends it first)");
    close(file);
    return false;
  }
  Member me{getpid(), 0};
  system::process_start(me.pid, &me.start);
  char text[96];
  const int size = std::snprintf(text, sizeof text, "%d %llu %lld\n", me.pid, static_cast<unsigned long long>(me.start),
                                 static_cast<long long>(grace.count()));
  if (ftruncate(file, 0) != 0 || pwrite(file, text, static_cast<size_t>(size), 0) != size) {
    *error = path + ": cannot be written: " + std::strerror(errno);
    close(file);
    return false;
  }
  *lock = file;
  return true;
}

}  // namespace lifeguard::run
