#include "preload/establish.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "preload/directory.h"
#include "preload/folder.h"
#include "preload/ledger.h"
#include "preload/passage.h"
#include "preload/proc.h"
#include "preload/program.h"
#include "preload/sites.h"
#include "preload/state.h"
#include "preload/store.h"
#include "preload/sys.h"
#include "preload/things.h"

namespace lifeguard {
namespace {

using ledger::make_word;
using ledger::Slot;
using ledger::State;

void read_boot_id(uint8_t* id) {
  if (proc::read_file("/proc/sys/kernel/random/boot_id", scratch, 64) < 36) return;
  unsigned nibbles = 0;
  for (const char* c = scratch; *c && nibbles < 32; ++c) {
    unsigned digit = *c >= '0' && *c <= '9' ? static_cast<unsigned>(*c - '0') : static_cast<unsigned>(*c - 'a' + 10);
    if (*c == '-' || digit > 15) continue;
    id[nibbles / 2] = static_cast<uint8_t>(id[nibbles / 2] | digit << (nibbles % 2 ? 0 : 4));
    ++nibbles;
  }
}

uint64_t read_pid_namespace() {
  constexpr int here = -100;  // AT_FDCWD
  long n = sys::readlinkat(here, "/proc/self/ns/pid", scratch, 64);
  if (n < 6) return 0;
  return decimal(Slice(scratch, static_cast<size_t>(n)).from(5));
}

void fill_identity(int pid, const store::Made& made, const book::Source& origin) {
  ledger::Header& h = book::header();
  [[WIPED]] static ledger::Header parents;
  size_t command = 0;
  if (origin.memory && origin.read(0, &parents, sizeof parents)) {  // a forked child: much is as in its parent
    memcpy(h.boot, parents.boot, sizeof h.boot);
    h.pid_namespace = parents.pid_namespace;
    if (origin.text(parents.command, scratch, sizeof scratch, &command)) h.command = book::text({scratch, command});
  } else {
    read_boot_id(h.boot);
    h.pid_namespace = read_pid_namespace();
    constexpr size_t longest = 8192;
    h.command = book::text(Slice(image.arguments, image.arguments_size).first(longest));
  }
  h.pid = pid;
  h.ppid = image.parent;
  h.image = image.number;
  h.uid = static_cast<uint32_t>(sys::getuid());
  h.start = image.start;
  h.began_realtime = made.began_realtime;
  h.began_monotonic = made.began_monotonic;
  h.exe = book::text(image.exe);
  long n = sys::getcwd(scratch, longest_name + 1);
  if (n > 1) {
    Slice folder(scratch, static_cast<size_t>(n) - 1);
    h.cwd = book::text(folder);
    if (!image.start_folder[0]) image.start_folder = keep_name(folder);
  }
  utsname names;
  if (sys::uname(&names) == 0) h.host = book::text(static_cast<const char*>(names.nodename));
  Slice labels = image.options.label;
  size_t used = 0;
  while (!labels.empty() && used < sizeof scratch) {
    Slice label = take_until(&labels, ',');
    for (size_t i = 0; i <= label.size && used < sizeof scratch; ++i)
      scratch[used++] = i < label.size ? label.data[i] : '\0';
  }
  h.labels = book::text({scratch, used});
  h.run = book::text(basename(image.run_folder));
  if (!image.run_pid) {
    image.run_pid = pid;
    image.run_start = image.start;
  }
  if (!image.run_exe[0]) image.run_exe = image.exe;
  h.run_pid = image.run_pid;
  h.run_start = image.run_start;
  h.run_exe = book::text(image.run_exe);
  h.own = book::text(image.options.own);
  h.origin = book::text(image.origin);
  h.forked = process.forked_at;
  h.trouble = book::text(image.trouble.slice());
  h.flags = (image.run_pid == pid && image.run_start == image.start && !image.forked ? ledger::header_first : 0u) |
            (image.forked ? ledger::header_forked : 0u);
  rlimit64 limit = {};
  sys::prlimit64(0, RLIMIT_NOFILE, nullptr, &limit);
  h.descriptors_limit = limit.rlim_cur > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(limit.rlim_cur);
  h.depth = image.options.depth;
}

}  // namespace

[[gnu::hot]] void note_inherited(const book::Source& origin, uint64_t until, int taken_first, int taken_second,
                                 const uint64_t* open, size_t words, bool streams_untold) {
  auto end = static_cast<uint32_t>(words * 64);
  for (uint32_t fd = 0; fd < image.descriptors && fd < end; ++fd) {
    if (fd % 64 == 0 && !open[fd / 64]) {
      fd += 63;
      continue;
    }
    if (!(open[fd / 64] >> fd % 64 & 1) || static_cast<int>(fd) == taken_first || static_cast<int>(fd) == taken_second)
      continue;
    if (!image.forked && fd > 2 && !image.began_with_more) continue;  // opened where no hook saw it: unseen, at the end
    uint64_t offset = Plan::slots.place(fd);
    if (!book::reserve(offset, offset + sizeof(Slot))) return book::count_lost(&ledger::Lost::storage);
    Slot& slot = book::slots()[fd];
    auto flags = static_cast<uint16_t>(!image.forked && fd > 2 ? ledger::slot_passed : 0);
    if (fd < 64 && (image.given_on_purpose >> fd & 1)) flags |= ledger::slot_purpose;
    ledger::Kind kind = ledger::Kind::descriptor;
    Slot theirs;
    bool told = origin.any() && !(streams_untold && fd <= 2);
    if (told && origin.read(offset, &theirs, sizeof theirs)) {
      State state = ledger::word_state(theirs.word);
      if ((state == State::live || state == State::inherited) && (!until || theirs.born <= until)) {
        slot.site = book::take_over_site(origin, theirs.site);
        slot.bound = book::take_over_site(origin, theirs.bound);
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

namespace {

int pid_of(const book::Source& origin) {
  int pid = 0;
  return origin.any() && origin.read(offsetof(ledger::Header, pid), &pid, sizeof pid) ? pid : 0;
}

// The ledger that this image goes back to, by its file; and what only that one knows of the run.
int open_origin() {
  if (!image.origin[0]) return -1;
  int run = open_directory(AT_FDCWD, image.run_folder);
  if (run < 0) return -1;
  int file = static_cast<int>(sys::openat(run, image.origin, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0));
  sys::close(run);
  [[WIPED]] static ledger::Header theirs;
  book::Source source{nullptr, file};
  size_t size = 0;
  if (file < 0 || !source.read(0, &theirs, sizeof theirs) ||
      memcmp(theirs.magic, ledger::magic, sizeof theirs.magic) != 0 || theirs.version != ledger::version ||
      theirs.regions[static_cast<int>(ledger::Region::slots)].offset != Plan::slots.far_at) {
    if (file >= 0) sys::close(file);
    return -1;
  }
  if (!image.run_pid) image.run_pid = theirs.run_pid, image.run_start = theirs.run_start;
  if (!image.run_exe[0] && source.text(theirs.run_exe, room_for_name(), longest_name, &size))
    image.run_exe = keep_name(size);
  return file;
}

}  // namespace

bool lay_over(char* parents) {
  constexpr int to_that_address = 3;  // MREMAP_MAYMOVE | MREMAP_FIXED
  if (sys::failed(sys::mremap(image.base, image.file_size, image.file_size, to_that_address, parents))) return false;
  image.base = parents;
  return true;
}

[[gnu::hot]] void begin_as_child(int parent, uint32_t parents_top) {
  image.parent = parent;
  image.forked = true;
  image.owner = static_cast<int>(process.pid);
  image.number = 1;
  memcpy(image.origin, image.ledger_name, sizeof image.origin);
  image.ledger_name[0] = 0;
  image.parents_top = parents_top;
}

bool establish(int taken_first, int taken_second) {
  char* parents = image.base;
  int parents_pid = image.owner;
  if (parents && parents_pid != static_cast<int>(process.pid))
    begin_as_child(static_cast<int>(sys::getppid()), static_cast<uint32_t>(book::header().descriptor_top));
  store::Made made;
  store::make(static_cast<int>(process.pid), &made);
  if (image.needs_helper || !made.base) return false;
  image.base = made.base;
  __atomic_fetch_add(&image.epoch, 1, __ATOMIC_RELEASE);
  process.in_file = made.in_file;
  process.chunks_left = made.chunks_left;
  auto fail = [&](Slice why) {
    if (!image.trouble.used) image.trouble << "records could not be kept: " << why;
    folder::remove_ledger();
    if (parents) {
      sys::munmap(made.base, image.file_size);
      image.base = parents;
    }
    return false;
  };
  if (!book::reserve(0, Plan::far)) return fail("no space left, or a kernel before 5.14");
  book::format();
  bool still_parents = parents && reinterpret_cast<ledger::Header*>(parents)->pid == parents_pid;
  book::Source origin{still_parents ? parents : nullptr, parents ? -1 : open_origin()};
  fill_identity(static_cast<int>(process.pid), made, origin);
  program::carry_phase_over();
  int origin_pid = parents ? 0 : pid_of(origin);
  bool same_process = origin_pid == static_cast<int>(process.pid);
  uint64_t until = parents ? process.forked_at : same_process ? 0 : passage::handed.at;
  note_inherited(origin, until, taken_first, taken_second, made.open, made.open_words);
  if (same_process) take_over_children(origin);
  if (origin.file >= 0) sys::close(origin.file);
  if (parents && !lay_over(parents)) return fail("no memory");
  if (!image.forked) stacks::begin();
  memcpy(book::header().magic, ledger::magic, sizeof ledger::magic);
  return true;
}

}  // namespace lifeguard
