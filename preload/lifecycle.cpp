#include "preload/lifecycle.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "preload/beside.h"
#include "preload/clock.h"
#include "preload/directory.h"
#include "preload/ledger.h"
#include "preload/passage.h"
#include "preload/real.h"
#include "preload/state.h"
#include "preload/store.h"
#include "preload/sys.h"

namespace lifeguard {

[[gnu::visibility("hidden")]] constinit Process process = {};
[[gnu::visibility("hidden")]] HelperStack helper_stack;
[[gnu::visibility("hidden")]] constinit Image image = {};

namespace {

using ledger::make_word;
using ledger::Slot;
using ledger::State;

char text_buffer[16384];

ledger::Text file_text(const char* path, size_t most) {
  int n = store::read_file(path, text_buffer, most + 1 < sizeof text_buffer ? most + 1 : sizeof text_buffer);
  return n > 0 ? book::text({text_buffer, static_cast<size_t>(n)}) : ledger::Text{};
}

void read_boot_id(uint8_t* id) {
  if (store::read_file("/proc/sys/kernel/random/boot_id", text_buffer, 64) < 36) return;
  unsigned nibbles = 0;
  for (const char* c = text_buffer; *c && nibbles < 32; ++c) {
    unsigned digit = *c >= '0' && *c <= '9' ? static_cast<unsigned>(*c - '0') : static_cast<unsigned>(*c - 'a' + 10);
    if (*c == '-' || digit > 15) continue;
    id[nibbles / 2] = static_cast<uint8_t>(id[nibbles / 2] | digit << (nibbles % 2 ? 0 : 4));
    ++nibbles;
  }
}

uint64_t read_pid_namespace() {
  constexpr int here = -100;  // AT_FDCWD
  long n = sys::readlinkat(here, "/proc/self/ns/pid", text_buffer, 64);
  if (n < 6) return 0;
  return decimal(Slice(text_buffer, static_cast<size_t>(n)).from(5));
}

void fill_identity(int pid, const store::Made& made, const book::Source& origin) {
  ledger::Header& h = book::header();
  static ledger::Header parents;
  size_t command = 0;
  if (origin.memory && origin.read(0, &parents, sizeof parents)) {  // a forked child: much is as in its parent
    memcpy(h.boot, parents.boot, sizeof h.boot);
    h.pid_namespace = parents.pid_namespace;
    if (origin.text(parents.command, text_buffer, sizeof text_buffer, &command))
      h.command = book::text({text_buffer, command});
  } else {
    read_boot_id(h.boot);
    h.pid_namespace = read_pid_namespace();
    h.command = file_text("/proc/self/cmdline", 8192);
  }
  h.pid = pid;
  h.ppid = image.parent;
  h.image = image.number;
  h.uid = static_cast<uint32_t>(sys::getuid());
  h.start = image.start;
  h.began_realtime = made.began_realtime;
  h.began_monotonic = made.began_monotonic;
  h.exe = book::text(image.exe);
  constexpr size_t longest_path = 4096;
  long n = sys::getcwd(text_buffer, longest_path);
  if (n > 1) h.cwd = book::text({text_buffer, static_cast<size_t>(n) - 1});
  utsname names;
  if (sys::uname(&names) == 0) h.host = book::text(static_cast<const char*>(names.nodename));
  Slice labels = image.options.label;
  size_t used = 0;
  while (!labels.empty() && used < sizeof text_buffer) {
    Slice label = take_until(&labels, ',');
    for (size_t i = 0; i <= label.size && used < sizeof text_buffer; ++i)
      text_buffer[used++] = i < label.size ? label.data[i] : '\0';
  }
  h.labels = book::text({text_buffer, used});
  h.run = book::text(basename(static_cast<const char*>(image.run_folder)));
  if (!image.run_pid) {
    image.run_pid = pid;
    image.run_start = image.start;
  }
  if (!image.run_exe[0]) memcpy(image.run_exe, image.exe, sizeof image.exe);
  h.run_pid = image.run_pid;
  h.run_start = image.run_start;
  h.run_exe = book::text(image.run_exe);
  h.own = book::text(image.options.own);
  h.origin = book::text(image.origin);
  h.forked = image.forked_at;
  h.trouble = book::text(image.trouble.slice());
  h.flags = (image.run_pid == pid && image.run_start == image.start && !image.forked ? ledger::header_first : 0u) |
            (image.forked ? ledger::header_forked : 0u);
  rlimit64 limit = {};
  sys::prlimit64(0, RLIMIT_NOFILE, nullptr, &limit);
  h.descriptors_limit = limit.rlim_cur > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(limit.rlim_cur);
  h.depth = image.options.depth;
}

// What the process holds as its ledger begins, other than what it has just been given, it was given by its parent or by
// the image before its exec, whose ledger tells where it came from.
void note_inherited(const book::Source& origin, int taken_first, int taken_second) {
  for (uint32_t fd = 0; fd < image.descriptors; ++fd) {
    if (fd % 64 == 0 && !store::open_numbers[fd / 64]) {
      fd += 63;
      continue;
    }
    if (!store::is_open(fd) || static_cast<int>(fd) == taken_first || static_cast<int>(fd) == taken_second) continue;
    if (!image.forked && fd > 2 && !image.began_with_more) continue;  // opened where no hook saw it: unseen, at the end
    uint64_t offset = Plan::slots_at + fd * sizeof(Slot);
    if (!book::reserve(offset, offset + sizeof(Slot))) return book::count_lost(&ledger::Lost::storage);
    Slot& slot = book::slots()[fd];
    auto flags = static_cast<uint16_t>(!image.forked && fd > 2 ? ledger::slot_passed : 0);
    if (fd < 64 && (image.given_on_purpose >> fd & 1)) flags |= ledger::slot_purpose;
    ledger::Kind kind = ledger::Kind::descriptor;
    Slot theirs;
    if (origin.any() && origin.read(offset, &theirs, sizeof theirs)) {
      State state = ledger::word_state(theirs.word);
      if ((state == State::live || state == State::inherited) && (!image.forked_at || theirs.born <= image.forked_at)) {
        slot.site = book::take_over_site(origin, theirs.site);
        slot.born = theirs.born;
        memcpy(slot.detail, theirs.detail, sizeof slot.detail);
        kind = ledger::word_kind(theirs.word);
        flags |= static_cast<uint16_t>(ledger::word_flags(theirs.word) | ledger::slot_foreign);
      }
    }
    __atomic_store_n(&slot.word, make_word(State::inherited, kind, flags, 1), __ATOMIC_RELEASE);
    book::raise_top(fd);
  }
}

// The ledger that this image goes back to, by its file; and what only that one knows of the run.
int open_origin() {
  if (!image.origin[0]) return -1;
  int run = open_directory(AT_FDCWD, image.run_folder);
  if (run < 0) return -1;
  int file = static_cast<int>(sys::openat(run, image.origin, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0));
  sys::close(run);
  static ledger::Header theirs;
  book::Source source{nullptr, nullptr, file};
  size_t size = 0;
  if (file < 0 || !source.read(0, &theirs, sizeof theirs) ||
      memcmp(theirs.magic, ledger::magic, sizeof theirs.magic) != 0 || theirs.version != ledger::version ||
      theirs.regions[static_cast<int>(ledger::Region::slots)].offset != Plan::slots_at) {
    if (file >= 0) sys::close(file);
    return -1;
  }
  if (!image.run_pid) image.run_pid = theirs.run_pid, image.run_start = theirs.run_start;
  if (!image.run_exe[0] && source.text(theirs.run_exe, image.run_exe, sizeof image.run_exe - 1, &size))
    image.run_exe[size] = 0;
  return file;
}

// A forked child's ledger comes to lie exactly where its parent's was mapped, so that a pointer held by a hook that a
// forking signal handler interrupted leads into the child's own. The parent's is moved aside, to be read from.
bool lay_over_parents(store::Made* made, char** parents) {
  long aside = sys::mmap(nullptr, image.file_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  constexpr int to_that_address = 3;  // MREMAP_MAYMOVE | MREMAP_FIXED
  if (sys::failed(aside) ||
      sys::failed(sys::mremap(*parents, image.file_size, image.file_size, to_that_address, aside)) ||
      sys::failed(sys::mremap(made->base, image.file_size, image.file_size, to_that_address, *parents)))
    return false;
  made->base = *parents;
  *parents = reinterpret_cast<char*>(aside);
  return true;
}

// Of Image::populated, what this image's ledger can use.
size_t bitmap_bytes() { return ((image.file_size >> chunk_shift) / 64 + 1) * sizeof(uint64_t); }

// Runs beside the program.
bool establish(int taken_first, int taken_second) {
  char* parents = image.base;
  static uint64_t parents_populated[sizeof image.populated / sizeof *image.populated];
  if (parents && image.owner != static_cast<int>(process.pid)) {
    image.forked = true;
    image.owner = static_cast<int>(process.pid);
    image.number = 1;
    memcpy(image.origin, image.ledger_name, sizeof image.origin);
    image.ledger_name[0] = 0;
    memcpy(parents_populated, image.populated, bitmap_bytes());
    image.parents_top = static_cast<uint32_t>(book::header().descriptor_top);
  }
  if (!parents) passage::find_parents_run();
  store::Made made;
  store::make(static_cast<int>(process.pid), &made);
  if (image.needs_helper || !made.base || (parents && !lay_over_parents(&made, &parents))) return false;
  memset(image.populated, 0, bitmap_bytes());
  image.base = made.base;
  __atomic_fetch_add(&image.epoch, 1, __ATOMIC_RELEASE);
  process.in_file = made.in_file;
  process.chunks_left = made.chunks_left;
  if (!book::reserve(0, ledger::page_size)) {
    image.trouble << "records could not be kept: no space left, or a kernel before 5.14";
    store::finished_making(&made);
    store::remove_ledger();
    return false;
  }
  book::format();
  book::Source origin{parents, parents_populated, parents ? -1 : open_origin()};
  fill_identity(static_cast<int>(process.pid), made, origin);
  if (store::numbers_known) note_inherited(origin, taken_first, taken_second);
  if (parents) sys::munmap(parents, image.file_size);
  if (origin.file >= 0) sys::close(origin.file);
  image.forked_at = 0;
  memcpy(book::header().magic, ledger::magic, sizeof ledger::magic);
  store::finished_making(&made);
  return true;
}

// How many descriptors the table has room for: as many as the program may ever open, unless its address space is
// limited.
void plan_size() {
  rlimit64 files = {}, space = {};
  sys::prlimit64(0, RLIMIT_NOFILE, nullptr, &files);
  sys::prlimit64(0, RLIMIT_AS, nullptr, &space);
  uint64_t most = space.rlim_cur == RLIM64_INFINITY ? files.rlim_max : files.rlim_cur < 4096 ? files.rlim_cur : 4096;
  if (most > ledger::max_descriptors) most = ledger::max_descriptors;
  if (most < 1024) most = 1024;
  image.descriptors = static_cast<uint32_t>(chunk_up(most * sizeof(Slot)) / sizeof(Slot));
  image.file_size = Plan::slots_at + image.descriptors * sizeof(Slot);
}

}  // namespace

bool only_thread() {
  struct stat status = {};
  constexpr int here = -100;  // AT_FDCWD
  if (image.one_thread) return true;
  return sys::newfstatat(here, "/proc/self/task", &status, 0) == 0 && status.st_nlink == 3;
}

namespace {

bool move_stage(Stage from, Stage to) {
  return __atomic_compare_exchange_n(&process.stage, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

void say(void*, Slice line) {
  Line<1024> whole;
  whole << line << "\n";
  sys::write(2, whole.text, whole.used);
}

Slice environment_value(char** environment, Slice name) {
  for (char** entry = environment; entry && *entry; ++entry) {
    Slice value(*entry);
    if (starts_with(value, name) && value.size > name.size && value.data[name.size] == '=')
      return value.from(name.size + 1);
  }
  return {};
}

// glibc keeps each thread's id in its control block, which saves the system call; where, is found by looking for ours.
void find_tid_offset() {
  uintptr_t self;
  asm("mov %%fs:0, %0" : "=r"(self));
  auto tid = static_cast<uint32_t>(sys::gettid());
  uint32_t found = 0;
  for (uint32_t offset = 0x200; offset < 0x400; offset += 4)
    if (*reinterpret_cast<uint32_t*>(self + offset) == tid) {
      if (found) return;
      found = offset;
    }
  image.tid_offset = found;
}

void look_at_descriptors() {
  struct stat status;
  if (sys::fstat(2, &status) == 0) image.error_device = status.st_dev, image.error_inode = status.st_ino;
  pollfd numbers[256];
  for (int i = 0; i < 256; ++i) numbers[i] = {i + 3, 0, 0};
  if (sys::poll(numbers, 256, 0) < 0) return;
  for (const pollfd& number : numbers)
    if (!(number.revents & POLLNVAL)) image.began_with_more = true;
}

bool wipe_on_fork() {
  constexpr int madvise_wipe_on_fork = 18;
  return !sys::failed(sys::madvise(&process, sizeof process, madvise_wipe_on_fork));
}

// Descriptors that a parent passes by agreement: systemd's sockets, make's jobserver.
void note_agreed_descriptors(char** environment) {
  auto mark = [](uint64_t fd) {
    if (fd > 2 && fd < 64) image.given_on_purpose |= 1ull << fd;
  };
  uint64_t sockets = decimal(environment_value(environment, "LISTEN_FDS"));
  for (uint64_t i = 0; i < sockets && i < 61; ++i) mark(3 + i);
  Slice flags = environment_value(environment, "MAKEFLAGS");
  constexpr Slice words[] = {"--jobserver-auth=", "--jobserver-fds="};
  while (!flags.empty()) {
    Slice flag = take_until(&flags, ' ');
    for (Slice word : words) {
      if (!starts_with(flag, word)) continue;
      Slice numbers = flag.from(word.size);
      mark(decimal(take_until(&numbers, ',')));
      mark(decimal(numbers));
    }
  }
}

void at_exit(int status, void*) {
  int wanted = finish(status);
  if (wanted != status) exit(wanted);  // allowed here, and stdio is still written out
}

void at_quick_exit_() {
  int wanted = finish(image.quick_status);
  if (wanted != image.quick_status) sys::exit_group(wanted);
}

// With -z initfirst this runs before the constructors of every other library.
[[gnu::constructor]] void start(int, char**, char** environment) {
  resolve_all();
  image.number = 1;
  image.owner = static_cast<int>(sys::getpid());
  passage::arrive(environment);
  Complaints complaints{say, nullptr};
  Slice options = environment_value(environment, "LIFEGUARD_OPTIONS");
  if (!options.empty()) {
    parse_options(options, &image.options, complaints);
    if (image.options.help) options_help(complaints);
  }
  bool skipped = false;
  if (!image.options.skip.empty()) {
    constexpr int here = -100;
    long n = sys::readlinkat(here, "/proc/self/exe", image.exe, sizeof image.exe - 1);
    image.exe[n > 0 ? n : 0] = 0;
    skipped = glob_list_match(image.options.skip, image.exe);
  }
  image.idle = !image.options.enable || skipped || !wipe_on_fork();
  if (image.idle) return;
  if (sys::getcwd(image.start_folder, sizeof image.start_folder) <= 0) image.start_folder[0] = 0;
  clock::find_vdso();
  find_tid_offset();
  plan_size();
  image.parent = static_cast<int>(sys::getppid());
  look_at_descriptors();
  note_agreed_descriptors(environment);
  on_exit(at_exit, nullptr);
  at_quick_exit(at_quick_exit_);
  __atomic_store_n(&image.started, true, __ATOMIC_RELEASE);
  // Something is to be said at the end in any case, or nothing of what was passed on may be lost: then it begins now.
  if (image.began_with_more || image.options.report == Options::Report::always) begin();
}

void reserve_table(uint64_t begin, uint64_t bytes) { book::reserve(begin, begin + bytes); }

}  // namespace

void seal() {
  clock::use_counter(false);
  if (image.sealed || !begin()) {
    image.sealed = true;
    return;
  }
  reserve_table(Plan::index_at, Plan::index * sizeof(uint32_t));
  reserve_table(Plan::sites_at, 64 << 10);
  reserve_table(Plan::frames_at, 128 << 10);
  reserve_table(Plan::texts_at, 32 << 10);
  reserve_table(Plan::events_at, 16 << 10);
  reserve_table(Plan::things_at, 64 << 10);
  reserve_table(Plan::finder_at, Plan::finder * sizeof(uint32_t));
  uint32_t slots = book::header().descriptors_limit < 1024 ? book::header().descriptors_limit : 1024;
  reserve_table(Plan::slots_at, slots * sizeof(Slot));
  if (book::header().descriptor_top < slots) book::header().descriptor_top = slots;
  stacks::seal(true);
  book::header().flags |= ledger::header_sealed;
  image.sealed = true;
}

void unseal() {
  clock::use_counter(true);
  if (stage() == Stage::recording) book::header().flags &= ~static_cast<uint32_t>(ledger::header_sealed);
  stacks::seal(false);
  image.sealed = false;
}

void wait_for_maker() {
  if (stage() != Stage::making) return;
  auto tid = static_cast<uint32_t>(sys::gettid());
  for (int patience = 0; patience < 100'000 && stage() == Stage::making; ++patience) {
    if (__atomic_load_n(&process.maker, __ATOMIC_ACQUIRE) == tid) return;
    sys::sched_yield();
  }
}

bool begin(int taken_first, int taken_second) {
  if (!__atomic_load_n(&image.started, __ATOMIC_ACQUIRE)) return false;
  Stage now = stage();
  if (now == Stage::recording) return true;
  if (now == Stage::ended || now == Stage::off || image.sealed) return false;
  auto tid = static_cast<uint32_t>(sys::gettid());
  if (!move_stage(Stage::asleep, Stage::making)) {
    wait_for_maker();
    if (stage() == Stage::recording) return true;
    __atomic_fetch_add(&process.busy, 1, __ATOMIC_RELAXED);
    return false;
  }
  __atomic_store_n(&process.maker, tid, __ATOMIC_RELEASE);
  process.pid = static_cast<uint32_t>(sys::getpid());
  if (image.base) image.parent = static_cast<int>(sys::getppid());
  bool made = false;
  auto work = [&] { made = establish(taken_first, taken_second); };
  if (!beside(work) && !image.trouble.used)
    image.trouble << "records could not be kept: no helper process could be made (RLIMIT_NPROC or memory)";
  move_stage(Stage::making, made ? Stage::recording : Stage::off);
  return made;
}

}  // namespace lifeguard
