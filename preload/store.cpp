#include "preload/store.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/utsname.h>

#include "preload/clock.h"
#include "preload/directory.h"
#include "preload/folder.h"
#include "preload/ledger.h"
#include "preload/line.h"
#include "preload/passage.h"
#include "preload/proc.h"
#include "preload/spare.h"
#include "preload/state.h"
#include "preload/sys.h"

namespace lifeguard::store {
namespace {

[[WIPED]] char entries[4096];

const char* reason(long error) {
  switch (-error) {
    case 1:
      return "not permitted";
    case 2:
      return "does not exist";
    case 12:
      return "no memory";
    case 13:
      return "permission denied";
    case 17:
      return "exists already";
    case 20:
      return "is no directory";
    case 23:
    case 24:
      return "too many open files";
    case 27:
      return "the file size limit (RLIMIT_FSIZE) is too low";
    case 28:
      return "no space left";
    case 30:
      return "read-only file system";
    case 36:
      return "is too long a name";
    case 40:
      return "is a symbolic link";
    case 122:
      return "disk quota exceeded";
    default:
      return nullptr;
  }
}

void trouble(Slice what, long error) {
  if (image.in_place && (error == -23 || error == -24 || error == -27)) {  // no free number, or a file too large
    image.needs_helper = true;
    return;
  }
  if (image.trouble.used || image.needs_helper) return;
  image.trouble << "records could not be kept in ";
  image.trouble.shown(what) << ": ";
  if (const char* known = reason(error)) {
    image.trouble << known;
  } else {
    image.trouble << "error " << static_cast<uint64_t>(-error);
  }
}

// A store that others could have prepared is no place for records: it must be ours, a real directory, and closed to
// everybody else's writing.
int open_store(const char* path, uint64_t* links) {
  int fd = open_directory(AT_FDCWD, path);
  if (fd == -2) {
    long made = sys::mkdir(path, 0700);
    if (made < 0 && made != -17) return trouble(path, made), -1;
    fd = open_directory(AT_FDCWD, path);
  }
  if (fd < 0) {
    if (fd == -20 && sys::readlinkat(AT_FDCWD, path, entries, 1) > 0) fd = -40;
    return trouble(path, fd), -1;
  }
  struct stat status = {};
  sys::fstat(fd, &status);
  if (status.st_uid != static_cast<uid_t>(sys::geteuid()) || (status.st_mode & 022)) {
    if (!image.trouble.used) {
      image.trouble << "records could not be kept in ";
      image.trouble.shown(path) << (status.st_mode & 022 ? ": others may write there; chmod 700 it"
                                                         : ": it belongs to another user");
    }
    sys::close(fd);
    return -1;
  }
  *links = status.st_nlink;
  return fd;
}

bool is_shared_memory(const char* path) {
  struct statfs fs = {};
  int fd = open_directory(AT_FDCWD, path);
  if (fd < 0) return false;
  bool right = sys::fstatfs(fd, &fs) == 0 && fs.f_type == TMPFS_MAGIC;
  sys::close(fd);
  return right;
}

// /dev/shm, except where a login manager takes a user's files away from there at logout.
void default_store(Line<64>* path) {
  auto uid = static_cast<uint64_t>(sys::geteuid());
  struct stat status = {};
  bool cleared = uid >= 1000 && sys::newfstatat(AT_FDCWD, "/run/systemd/users", &status, 0) == 0;
  *path << (!cleared && is_shared_memory("/dev/shm") ? "/dev/shm" : "/tmp") << "/lifeguard-" << uid;
}

using RunName = Line<128>;

// 20261121T024501
void stamp(RunName* line, uint64_t seconds) {
  uint64_t days = seconds / 86400, rest = seconds % 86400;
  uint64_t z = days + 719468, era = z / 146097, doe = z % 146097;
  uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
  uint64_t day = doy - (153 * mp + 2) / 5 + 1, month = mp < 10 ? mp + 3 : mp - 9;
  uint64_t year = yoe + era * 400 + (month <= 2 ? 1 : 0);
  line->padded(year, 4).padded(month, 2).padded(day, 2) << "T";
  line->padded(rest / 3600, 2).padded(rest / 60 % 60, 2).padded(rest % 60, 2);
}

// Makes the run's folder, named for its begin, its first process and program; sets image.run_folder.
bool make_run(int store, Slice store_path, int pid, uint64_t seconds, RunName* within) {
  RunName& name = *within;
  stamp(&name, seconds);
  name << "-" << static_cast<uint64_t>(pid) << "-";
  for (char c : basename(image.exe).first(32)) {
    bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '+';
    name << Slice(plain ? &c : "_", 1);
  }
  size_t stem = name.used;
  for (uint64_t again = 2;; ++again) {
    long made = sys::mkdirat(store, name.c_str(), 0700);
    if (made == 0) break;
    if (made != -17 || again > 99) return trouble(store_path, made), false;
    name.used = stem;
    name << "." << again;
  }
  path_in_room(store_path, name.slice());
  image.run_folder = keep_name(store_path.size + 1 + name.used);
  return true;
}

// Where the run's folder is: itself, or the store, and then what leads from there to a run that was just made.
int open_run(int pid, uint64_t seconds, RunName* within) {
  if (image.run_folder[0]) {
    int run = open_directory(AT_FDCWD, image.run_folder);
    if (run >= 0) return run;
  }
  Line<64> usual;
  Slice chosen = image.options.store;
  if (chosen.empty()) default_store(&usual), chosen = usual.slice();
  constexpr size_t longest = longest_name - sizeof(RunName);
  if (chosen.size > longest) return trouble(chosen, -36), -1;
  uint64_t links = 0;
  bool trouble_before = image.trouble.used;
  int store = open_store(path_in_room(chosen, {}), &links);
  // Our parent may be watched, and have started us with no word of it: not where nobody keeps a record.
  constexpr uint64_t links_of_empty = 2;
  if (!image.forked && !image.run_folder[0] && links != links_of_empty && passage::find_parents_run()) {
    int run = open_directory(AT_FDCWD, image.run_folder);
    if (run >= 0) {
      if (store >= 0) sys::close(store);
      if (!trouble_before) image.trouble.clear();
      return run;
    }
  }
  if (store < 0) return -1;
  prune(store, pid, links);
  if (make_run(store, chosen, pid, seconds, within)) return store;
  sys::close(store);
  return -1;
}

// The limit of this helper, which is its own: a file past it would be refused, and raise a signal.
bool lift_file_size_limit() {
  rlimit64 limit = {};
  if (sys::prlimit64(0, RLIMIT_FSIZE, nullptr, &limit) != 0 || limit.rlim_cur >= image.file_size) return true;
  if (image.in_place) {
    image.needs_helper = true;
    return false;
  }
  rlimit64 wanted = {image.file_size, limit.rlim_max > image.file_size ? limit.rlim_max : image.file_size};
  sys::prlimit64(0, RLIMIT_FSIZE, &wanted, nullptr);
  return true;
}

}  // namespace

long map(int flags, int file) {
  constexpr int accessible = PROT_READ | PROT_WRITE;
  if (!image.locks_all) return sys::mmap(nullptr, image.file_size, accessible, flags, file, 0);
  long memory = sys::mmap(nullptr, image.file_size, PROT_NONE, flags, file, 0);
  if (sys::failed(memory)) return memory;
  sys::call_with(__NR_munlock, memory, image.file_size);
  long error = sys::call_with(__NR_mprotect, memory, image.file_size, accessible);
  if (error == 0) return memory;
  sys::munmap(memory, image.file_size);
  return error;
}

void hide_ledgers(bool hidden) {
  char* const bases[] = {image.base, image.spare};
  for (char* base : bases) {
    if (!base) continue;
    if (!hidden) sys::call_with(__NR_munlock, base, image.file_size);
    sys::call_with(__NR_mprotect, base, image.file_size, hidden ? PROT_NONE : PROT_READ | PROT_WRITE);
  }
}

namespace {

bool make_file(int folder, const RunName& within, int pid, Made* made) {
  Line<64> name = ledger_name(pid);
  Line<sizeof within.text + sizeof name.text> path;
  if (within.used) path << within.slice() << "/";
  path << name.slice();
  struct statfs fs = {};
  if (sys::fstatfs(folder, &fs) != 0) return false;
  uint64_t share = static_cast<uint64_t>(fs.f_bavail) * static_cast<uint64_t>(fs.f_bsize) / 8;
  if (share < 128 * chunk_size) return trouble(image.run_folder, -28), false;
  int file =
      static_cast<int>(sys::openat(folder, path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file < 0) return trouble(image.run_folder, file), false;
  long error = lift_file_size_limit() ? sys::ftruncate(file, image.file_size) : -27;
  if (error == 0) {
    error = map(MAP_SHARED, file);
    if (!sys::failed(error)) made->base = reinterpret_cast<char*>(error);
  }
  sys::close(file);
  if (!made->base) {
    trouble(image.run_folder, error);
    sys::unlinkat(folder, path.c_str(), 0);
    return false;
  }
  image.store_in_memory = fs.f_type == TMPFS_MAGIC;
  __builtin_memcpy(image.ledger_name, name.text, name.used + 1);
  made->in_file = true;
  made->chunks_left = share >> chunk_shift;
  return true;
}

}  // namespace

Line<64> ledger_name(int pid) {
  Line<64> name;
  name << static_cast<uint64_t>(pid) << "." << image.number << "." << image.start << ".ledger";
  return name;
}

namespace {

// Without /proc: what exec was given, which may be relative to where the program was then.
void exe_as_started() {
  auto* name = reinterpret_cast<const char*>(getauxval(AT_EXECFN));
  if (!name) return;
  Line<4096> path;
  if (*name != '/' && sys::getcwd(entries, sizeof entries) > 0) path << static_cast<const char*>(entries) << "/";
  path << name;
  image.exe = keep_name(path.slice());
}

}  // namespace

void make(int pid, Made* made) {
  bool fresh_fork = image.forked && image.in_place && clock::same_tick(process.forked);
  made->open = proc::numbers.open;
  if (!image.forked && !image.began_with_more) {
    made->open = &made->streams;
    made->open_words = 1;
    pollfd streams[] = {{0, 0, 0}, {1, 0, 0}, {2, 0, 0}};
    bool answered = sys::poll(streams, 3, 0) >= 0;  // else RLIMIT_NOFILE is less
    for (const pollfd& stream : streams)
      if (answered ? !(stream.revents & POLLNVAL) : sys::fcntl(stream.fd, F_GETFD) >= 0)
        made->streams |= 1u << stream.fd;
  } else if (size_t words =
                 fresh_fork ? proc::ask_each_number(image.parents_top, proc::numbers.open, proc::most_asked) : 0) {
    for (size_t i = words; i < proc::numbers.touched; ++i) proc::numbers.open[i] = 0;
    proc::numbers.touched = made->open_words = words;
    proc::numbers.known = true;
  } else {
    proc::list_descriptors();
    if (proc::numbers.known) made->open_words = proc::numbers.touched;
  }
  if (image.needs_helper) return;
  if (!image.in_place) sys::close_range(0u, ~0u, 0);  // the helper's own copies: there is room for what is opened now
  made->began_realtime = clock::of_day();
  made->began_monotonic = clock::now();
  if (!image.exe[0]) {
    long n = sys::readlinkat(AT_FDCWD, "/proc/self/exe", room_for_name(), longest_name);
    if (n > 0)
      image.exe = keep_name(static_cast<size_t>(n));
    else
      exe_as_started();
  }
  image.start = fresh_fork ? process.forked.tick : proc::start_time(pid);
  RunName within;
  int folder = open_run(pid, made->began_realtime / 1'000'000'000, &within);
  bool in_file = folder >= 0 && make_file(folder, within, pid, made);
  if (folder >= 0) sys::close(folder);
  if (image.needs_helper) return;  // all of it once more, by the helper
  if (!in_file) {
    long memory = map(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
    if (sys::failed(memory)) return trouble("memory", memory);
    made->base = reinterpret_cast<char*>(memory);
    made->chunks_left = Plan::most_chunks;
    if (folder >= 0) folder::remove_ledger();
  }
  advise(made->base);
}

// A hole on a disk that is touched would be read ahead, and that is as much as the disk's queue says: on some machines
// 8 MiB of zeroes for a page.
void advise(char* base) {
  constexpr int no_reading_ahead = 1, keep_out_of_core_dumps = 16;  // MADV_RANDOM, MADV_DONTDUMP
  if (!image.store_in_memory) sys::madvise(base, image.file_size, no_reading_ahead);
  sys::madvise(base, image.file_size, keep_out_of_core_dumps);
}

}  // namespace lifeguard::store
