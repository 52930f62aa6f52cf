#include "preload/lifecycle.h"

#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <sys/poll.h>
#include <sys/resource.h>

#include "preload/beside.h"
#include "preload/clock.h"
#include "preload/directory.h"
#include "preload/establish.h"
#include "preload/ledger.h"
#include "preload/limits.h"
#include "preload/passage.h"
#include "preload/real.h"
#include "preload/signals.h"
#include "preload/spare.h"
#include "preload/stacks.h"
#include "preload/state.h"
#include "preload/sys.h"

// The linker's names for begin and end of the section.
extern "C" {
[[gnu::visibility("hidden")]] extern char __start_lifeguard_wiped[];
[[gnu::visibility("hidden")]] extern char __stop_lifeguard_wiped[];
}

namespace lifeguard {

[[gnu::visibility("hidden"), WIPED]] Process process;
[[gnu::visibility("hidden"), WIPED]] HelperStack helper_stack;
[[gnu::visibility("hidden"), WIPED]] char scratch[16384];
[[gnu::visibility("hidden"), OWN_PAGES]] constinit Image image = {};

namespace {

using ledger::Slot;

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
  image.file_size = Plan::slots.far_at + image.descriptors * sizeof(Slot);
  limits::plan();
}

bool move_stage(Stage from, Stage to) {
  return __atomic_compare_exchange_n(&process.stage, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

void say(void*, Slice line) {
  Line<1024> whole;
  whole << line << "\n";
  sys::write(2, whole.text, whole.used);
}

Slice environment_value(char** environment, Slice name) {
  for (char** entry = environment; entry && *entry; ++entry)
    if (starts_with(*entry, name) && (*entry)[name.size] == '=') return Slice(*entry + name.size + 1);
  return {};
}

// glibc keeps each thread's id in its control block, which saves the system call; where, is found by looking for ours,
// the first thread's.
void find_tid_offset() {
  uintptr_t self;
  asm("mov %%fs:0, %0" : "=r"(self));
  auto tid = static_cast<uint32_t>(image.owner);
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
  if (sys::poll(numbers, 256, 0) >= 0) {
    for (const pollfd& number : numbers)
      if (!(number.revents & POLLNVAL)) image.began_with_more = true;
  } else {  // more numbers than RLIMIT_NOFILE has
    for (const pollfd& number : numbers)
      if (sys::fcntl(number.fd, F_GETFD) >= 0) image.began_with_more = true;
  }
}

bool wipe_on_fork() {
  constexpr int madvise_wipe_on_fork = 18;
  auto size = static_cast<size_t>(__stop_lifeguard_wiped - __start_lifeguard_wiped);
  return !sys::failed(sys::madvise(__start_lifeguard_wiped, size, madvise_wipe_on_fork));
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

// Whether a library was named relative to the working directory, which may be another one when that matters.
bool has_relative_module() {
  dl_find_object own;
  if (_dl_find_object(reinterpret_cast<void*>(&has_relative_module), &own) != 0) return true;
  for (const link_map* link = own.dlfo_link_map; link; link = link->l_next)
    if (*link->l_name != '/') return true;
  return false;
}

// They lie one behind the other, where /proc/self/cmdline is read from too.
void keep_arguments(int count, char** arguments) {
  if (count <= 0 || arguments[count - 1] < arguments[0]) return;
  image.arguments = arguments[0];
  image.arguments_size =
      static_cast<size_t>(arguments[count - 1] - arguments[0]) + Slice(arguments[count - 1]).size + 1;
}

// With -z initfirst this runs before the constructors of every other library.
[[gnu::constructor]] void start(int count, char** arguments, char** environment) {
  prepare_to_resolve();
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
    long n = sys::readlinkat(here, "/proc/self/exe", room_for_name(), longest_name);
    if (n > 0) image.exe = keep_name(static_cast<size_t>(n));
    skipped = glob_list_match(image.options.skip, image.exe);
  }
  image.idle = !image.options.enable || skipped || !wipe_on_fork();
  if (image.idle) return;
  if (has_relative_module())
    if (long n = sys::getcwd(room_for_name(), longest_name + 1); n > 1)
      image.start_folder = keep_name(static_cast<size_t>(n) - 1);
  clock::find_vdso();
  find_tid_offset();
  plan_size();
  image.parent = static_cast<int>(sys::getppid());
  process.one_thread = true;
  keep_arguments(count, arguments);
  look_at_descriptors();
  note_agreed_descriptors(environment);
  signals::start();
  on_exit(at_exit, nullptr);
  at_quick_exit(at_quick_exit_);
  __atomic_store_n(&image.started, true, __ATOMIC_RELEASE);
  // Something is to be said at the end in any case, or nothing of what came along may be lost: then it begins now.
  if (image.began_with_more || passage::handed.children || image.options.report == Options::Report::always) begin();
}

// Or as much of it as there is room for.
void reserve_table(uint64_t begin, uint64_t bytes) {
  if (book::reserve(begin, begin + bytes)) return;
  for (uint64_t end = begin + bytes; begin < end && book::reserve(begin, begin + 1); begin += chunk_size) {
  }
}

// What other threads have under way beside the program makes system calls to its end. Not for ever: a handler that
// calls this may have interrupted one.
void wait_for_work_beside() {
  constexpr int patience_ms = 11'000;  // a snapshot may take 10 s
  timespec moment = {0, 1'000'000};
  for (int waited = 0; waited < patience_ms && __atomic_load_n(&process.beside_now, __ATOMIC_SEQ_CST); ++waited)
    sys::call_with(__NR_nanosleep, &moment, nullptr);
}

}  // namespace

bool seal() {
  if (image.sealed || lifeguard_vfork_child_sealed) return false;
  signals::seal();
  if (lifeguard_vfork_depth) return lifeguard_vfork_child_sealed = true;  // the parent may go on as it was
  clock::use_counter(false);
  if (!begin()) return image.sealed = true;
  reserve_table(Plan::index.far_at, Plan::index.count * Plan::index.entry);
  reserve_table(Plan::sites.far_at, 64 << 10);
  reserve_table(Plan::frames.far_at, 128 << 10);
  reserve_table(Plan::texts.far_at, 32 << 10);
  reserve_table(Plan::events.far_at, 16 << 10);
  reserve_table(Plan::things.far_at, 64 << 10);
  reserve_table(Plan::finder.far_at, Plan::finder.count * Plan::finder.entry);
  reserve_table(Plan::shared.far_at, Plan::shared.count * Plan::shared.entry);
  uint32_t slots = book::header().descriptors_limit < 1024 ? book::header().descriptors_limit : 1024;
  reserve_table(Plan::slots.far_at, slots * sizeof(Slot));
  if (book::header().descriptor_top < slots) book::header().descriptor_top = slots;
  stacks::seal(true);
  book::header().flags |= ledger::header_sealed;
  __atomic_store_n(&image.sealed, true, __ATOMIC_SEQ_CST);
  wait_for_work_beside();
  return true;
}

void unseal() {
  if (lifeguard_vfork_depth) {
    lifeguard_vfork_child_sealed = false;
    return;
  }
  clock::use_counter(true);
  if (stage() == Stage::recording) book::header().flags &= ~static_cast<uint32_t>(ledger::header_sealed);
  stacks::seal(false);
  image.sealed = false;
  signals::unseal();
}

void wait_for_maker() {
  if (stage() != Stage::making) return;
  auto tid = static_cast<uint32_t>(sys::gettid());
  // The maker waits for nobody, but on a busy machine it may not get a processor for long: so this sleeps, rather than
  // to count looks, and gives up only where something has gone wrong.
  constexpr int quick = 200, slow = 50'000;
  timespec moment = {0, 100'000};
  for (int patience = 0; patience < quick + slow && stage() == Stage::making; ++patience) {
    if (__atomic_load_n(&process.maker, __ATOMIC_ACQUIRE) == tid) return;
    if (patience < quick)
      sys::sched_yield();
    else
      sys::call_with(__NR_nanosleep, &moment, nullptr);
  }
}

[[gnu::hot]] bool begin(int taken_first, int taken_second) {
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
  bool only_one = process.forked_at && process.one_thread;  // its thread's id is its own
  process.pid = only_one ? tid : static_cast<uint32_t>(sys::getpid());
  if (spare::begin(taken_first, taken_second)) {
    move_stage(Stage::making, Stage::recording);
    return true;
  }
  bool made = false;
  auto work = [&] { made = establish(taken_first, taken_second); };
  if (!beside(work) && !image.trouble.used)
    image.trouble << "records could not be kept: no helper process could be made (RLIMIT_NPROC or memory)";
  move_stage(Stage::making, made ? Stage::recording : Stage::off);
  return made;
}

}  // namespace lifeguard
