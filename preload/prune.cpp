// Keeping the store small: a program that crashes in a loop must not fill it. Done by whoever begins a run, and only as
// far as needed; a run of which a process still lives is never touched.
#include <fcntl.h>
#include <sys/stat.h>

#include "preload/directory.h"
#include "preload/folder.h"
#include "preload/line.h"
#include "preload/proc.h"
#include "preload/state.h"
#include "preload/store.h"
#include "preload/sys.h"
#include "src/ledger/layout.h"

namespace lifeguard::store {
namespace {

[[WIPED]] char outer[4096];
[[WIPED]] char inner[4096];
using Name = Line<128>;

// Runs are named for the moment they began: 8 digits, T, 6 digits, a dash.
bool is_run(Slice name) {
  if (name.size < 18 || name.size > 120) return false;
  for (size_t i = 0; i < 15; ++i)
    if (i == 8 ? name.data[i] != 'T' : name.data[i] < '0' || name.data[i] > '9') return false;
  return name.data[15] == '-';
}

bool before(Slice a, Slice b) {
  for (size_t i = 0; i < a.size && i < b.size; ++i)
    if (a.data[i] != b.data[i]) return a.data[i] < b.data[i];
  return a.size < b.size;
}

struct Census {
  uint64_t runs = 0;
  uint64_t bytes = 0;
  Name oldest;  // that is younger than the one asked for
};

uint64_t bytes_of(int store, const char* name) {
  int run = open_directory(store, name);
  if (run < 0) return 0;
  uint64_t bytes = 0;
  each_entry(run, inner, [&](const char* file) {
    struct stat status = {};
    if (sys::newfstatat(run, file, &status, AT_SYMLINK_NOFOLLOW) == 0)
      bytes += static_cast<uint64_t>(status.st_blocks) * 512;
    return true;
  });
  sys::close(run);
  return bytes;
}

Census take(int store, Slice after, bool with_bytes) {
  Census census;
  int again = open_directory(store, ".");
  if (again < 0) return census;
  each_entry(again, outer, [&](const char* name) {
    if (!is_run(name)) return true;
    ++census.runs;
    if (with_bytes) census.bytes += bytes_of(store, name);
    if (before(after, name) && (!census.oldest.used || before(name, census.oldest.slice()))) {
      census.oldest.clear();
      census.oldest << name;
    }
    return true;
  });
  sys::close(again);
  return census;
}

// A run of `lifeguard run` has a record, whose first line names the processes that look after it (src/run/record.h).
bool tended(int run) {
  [[WIPED]] static char line[128];
  int fd = static_cast<int>(sys::openat(run, "run", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0));
  if (fd < 0) return false;
  long n = sys::read(fd, line, sizeof line);
  sys::close(fd);
  Slice rest(line, n > 0 ? static_cast<size_t>(n) : 0);
  Slice words = take_until(&rest, '\n');
  if (!starts_with(words, "lifeguard-run 1 ")) return false;
  take_until(&words, ' ');
  take_until(&words, ' ');
  for (int i = 0; i < 2; ++i) {
    auto pid = static_cast<int>(decimal(take_until(&words, ' ')));
    uint64_t start = decimal(take_until(&words, ' '));
    if (pid > 0 && start && proc::start_time(pid) == start) return true;
  }
  return false;
}

bool lives(int run, const char* file) {
  const ledger::Header* header = folder::header_of(run, file);
  return header && header->pid > 0 && header->start && proc::start_time(header->pid) == header->start;
}

// True: the run is gone.
bool remove_run(int store, const char* name) {
  int run = open_directory(store, name);
  if (run < 0) return false;
  bool alive = tended(run);
  if (!alive) each_entry(run, inner, [&](const char* file) { return !(alive = lives(run, file)); });
  sys::close(run);
  if (alive) return false;
  run = open_directory(store, name);
  each_entry(run, inner, [&](const char* file) {
    sys::unlinkat(run, file, 0);
    return true;
  });
  sys::close(run);
  return sys::unlinkat(store, name, AT_REMOVEDIR) == 0;
}

}  // namespace

void prune(int store, int pid, uint64_t links) {
  bool with_bytes = pid % 8 == 0;  // looking at sizes opens every run: about every eighth beginning does
  uint64_t most = image.options.store_runs ? image.options.store_runs - 1 : 0;  // one is about to be added
  // Where a folder counts those in it among its links, that is known without a look.
  if (!with_bytes && links >= 2 && links - 2 <= most) return;
  Name after;
  for (int rounds = 0; rounds < 64; ++rounds) {
    Census census = take(store, after.slice(), with_bytes);
    if (!census.oldest.used || (census.runs <= most && census.bytes <= image.options.store_bytes)) return;
    remove_run(store, census.oldest.c_str());
    after = census.oldest;
  }
}

}  // namespace lifeguard::store
