#include "preload/spare.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/single_threaded.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "preload/beside.h"
#include "preload/caller.h"
#include "preload/clock.h"
#include "preload/establish.h"
#include "preload/ledger.h"
#include "preload/line.h"
#include "preload/modules.h"
#include "preload/proc.h"
#include "preload/program.h"
#include "preload/stacks.h"
#include "preload/state.h"
#include "preload/store.h"
#include "preload/sys.h"

namespace lifeguard::spare {
namespace {

using book::FirstPage;
using ledger::Region;

// Who has it; a child's is crossed with its pid.
enum Holder : uint32_t {
  unfinished = 0,
  free_to_take = 1,
  childs = 2,      // a child records in it, or is about to
  left_alone = 3,  // likewise, and its maker waits for it no more
};
constexpr unsigned holder_bits = 2;

uint32_t childs_own() { return childs | process.pid << holder_bits; }

constexpr unsigned most_chunks = 64;  // of one that goes from child to child

FirstPage& first_page_of(char* base) { return *reinterpret_cast<FirstPage*>(base); }

bool move(FirstPage& page, uint32_t from, uint32_t to) {
  return __atomic_compare_exchange_n(&page.spare.holder, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

uint32_t& used(ledger::Header& header, Region region) { return header.used[static_cast<uint32_t>(region)]; }

template <typename Visit>
void each_populated(const FirstPage& page, Visit visit) {
  for (size_t word = 0; word < FirstPage::words; ++word)
    for (uint64_t left = page.populated[word]; left; left &= left - 1)
      visit(word * 64 + static_cast<unsigned>(__builtin_ctzll(left)));
}

Line<4096> path_of(const char* name) {
  Line<4096> path;
  path << image.run_folder << "/" << name;
  return path;
}

// Of a child of this process.
bool has_ended(int pid) {
  siginfo_t ended = {};
  constexpr int by_pid = 1;  // P_PID
  long result = sys::call_with(__NR_waitid, by_pid, pid, &ended, WEXITED | WNOHANG | WNOWAIT, nullptr);
  return result == -10 /* ECHILD: waited for */ || (result == 0 && ended.si_pid == pid);
}

[[gnu::noinline]] void remove(const char* name) { sys::unlinkat(AT_FDCWD, path_of(name).c_str(), 0); }

uint64_t hash(Slice text) {
  uint64_t value = text.size + 1;
  for (char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return value;
}

// Children made files in the run's folder since the last look.
bool children_keep_ledgers() {
  struct stat status = {};
  if (sys::newfstatat(AT_FDCWD, image.run_folder, &status, AT_SYMLINK_NOFOLLOW) != 0) return false;
  uint64_t changed =
      static_cast<uint64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(status.st_mtim.tv_nsec);
  bool since = process.folder_changed && process.folder_changed != changed;
  process.folder_changed = changed;
  return since;
}

// A table that would be locked into memory, or counted against a limit, is dearer than what it saves.
bool affordable() {
  rlimit64 space = {}, size = {};
  return sys::prlimit64(0, RLIMIT_AS, nullptr, &space) == 0 && space.rlim_cur == RLIM64_INFINITY &&
         sys::prlimit64(0, RLIMIT_FSIZE, nullptr, &size) == 0 && size.rlim_cur >= image.file_size;
}

// One that is being made, at its base: chunk by chunk, since nothing may be touched that was not reserved.
class Draft {
 public:
  explicit Draft(char* base) : page_(first_page_of(base)), base_(base) {}

  bool reserve(uint64_t chunk) {
    constexpr int populate_write = 23;  // MADV_POPULATE_WRITE
    if (chunk / 64 >= FirstPage::words) return false;
    uint64_t bit = 1ull << chunk % 64;
    if (has_first_ && (page_.populated[chunk / 64] & bit)) return true;
    if (sys::failed(sys::madvise(base_ + (chunk << chunk_shift), chunk_size, populate_write))) return false;
    has_first_ = true;
    page_.populated[chunk / 64] |= bit;
    return true;
  }

  // What this process knows of the code it consists of, at the same places and under the same numbers.
  bool copy_known() {
    auto of_code = [](uint64_t chunk) {
      uint64_t at = chunk << chunk_shift;
      return (at >= Plan::frames_near && at < Plan::events.far_at) ||
             (at >= Plan::shared.far_at && at < Plan::slots.far_at);
    };
    unsigned chunks = 0;
    each_populated(book::first_page(), [&](uint64_t chunk) { chunks += of_code(chunk); });
    bool all = chunks < most_chunks / 2, good = true;
    each_populated(book::first_page(), [&](uint64_t chunk) {
      uint64_t at = chunk << chunk_shift;
      bool stacks = at >= Plan::index.far_at && at < Plan::texts.far_at;
      if (!of_code(chunk) || (stacks && !all)) return;
      good = good && reserve(chunk);
      if (good) memcpy(base_ + at, image.base + at, chunk_size);
    });
    if (!good) return false;
    memcpy(base_ + Plan::tables_near, image.base + Plan::tables_near, Plan::slots_near - Plan::tables_near);
    memcpy(page_.header.used, book::header().used, sizeof page_.header.used);
    if (!all) {
      used(page_.header, Region::sites) = 1, used(page_.header, Region::frames) = 0;
      memset(base_ + Plan::index.near_at, 0, Plan::index.near_end() - Plan::index.near_at);
    }
    for (uint32_t i = 1; i < used(page_.header, Region::sites); ++i)
      reinterpret_cast<ledger::Site*>(base_ + Plan::sites.place(i))->births = 0;
    return true;
  }

  ledger::Text text(Slice string) {
    constexpr const Table& texts = Plan::texts;
    uint32_t& end = used(page_.header, Region::texts);
    if (end < texts.near_count && end + string.size > texts.near_count) end = texts.near_count;
    ledger::Text text{end, static_cast<uint32_t>(string.size)};
    uint64_t from = texts.place(end);
    if (end + string.size > texts.count) return {};
    for (uint64_t chunk = from >> chunk_shift; chunk << chunk_shift < from + string.size; ++chunk)
      if (!reserve(chunk)) return {};
    memcpy(base_ + from, string.data, string.size);
    end += text.length;
    return text;
  }

  void fill_in() {
    ledger::Header& h = page_.header;
    uint32_t counts[sizeof h.used / sizeof *h.used];
    memcpy(counts, h.used, sizeof counts);
    h = book::header();
    memcpy(h.used, counts, sizeof counts);
    memset(h.magic, 0, sizeof h.magic);
    h.ppid = static_cast<int>(process.pid);
    h.image = 1;
    h.uid = static_cast<uint32_t>(sys::getuid());
    h.trouble = {};
    h.last_phase = 0;
    h.origin = text(static_cast<const char*>(image.ledger_name));
    [[WIPED]] static char folder[4096];
    long n = sys::getcwd(folder, sizeof folder);
    Slice name = n > 1 ? Slice(folder, static_cast<size_t>(n) - 1) : Slice();
    if (!(name == book::string(h.cwd))) h.cwd = text(name);
    page_.spare.folder = hash(name);
    page_.spare.realtime_at_zero = clock::of_day() - clock::now();
    page_.spare.maker = static_cast<int>(process.pid);
    page_.spare.chunks_left = process.chunks_left;
    page_.spare.modules = used(h, Region::modules);
  }

 private:
  FirstPage& page_;
  char* base_;
  bool has_first_ = false;
};

void make() {
  Line<64> name;
  name << "spare-" << static_cast<uint64_t>(process.pid) << "." << image.number << "." << image.start << "."
       << ++process.spares << ".ledger";
  Line<4096> path = path_of(name.c_str());
  int file =
      static_cast<int>(sys::openat(AT_FDCWD, path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file < 0) return;
  long memory = sys::failed(sys::ftruncate(file, image.file_size)) ? -1 : store::map(MAP_SHARED, file);
  sys::close(file);
  if (sys::failed(memory)) {
    sys::unlinkat(AT_FDCWD, path.c_str(), 0);
    return;
  }
  auto* base = reinterpret_cast<char*>(memory);
  store::advise(base);
  Draft draft(base);
  if (!draft.reserve(0) || !draft.copy_known()) {
    sys::munmap(base, image.file_size);
    sys::unlinkat(AT_FDCWD, path.c_str(), 0);
    return;
  }
  draft.fill_in();
  FirstPage& page = first_page_of(base);
  memcpy(page.spare.name, name.text, name.used + 1);
  __atomic_store_n(&page.spare.holder, static_cast<uint32_t>(free_to_take), __ATOMIC_RELEASE);
  __atomic_store_n(&image.spare, base, __ATOMIC_RELEASE);
}

// What children added of modules is right here only if the same lies at the same place in this process too: the next
// child begins as a copy of it.
bool modules_hold(char* base) {
  FirstPage& page = first_page_of(base);
  uint32_t count = used(page.header, Region::modules), texts = used(page.header, Region::texts);
  if (count > Plan::modules.count || texts > Plan::texts.count) return false;
  for (uint32_t i = page.spare.modules; i < count; ++i) {
    auto* module = reinterpret_cast<const ledger::Module*>(base + Plan::modules.place(i));
    if (module->unloaded || !book::still_there(*module)) return false;
  }
  page.spare.modules = count;
  return true;
}

// Handed back, or not yet taken: what children learned is looked at, and what they should know is put in.
bool still_good(char* base) {
  FirstPage& page = first_page_of(base);
  if (!modules_hold(base)) return false;
  uint32_t count = page.spare.asked_count;
  constexpr uint32_t most = sizeof page.spare.asked / sizeof *page.spare.asked;
  for (uint32_t i = 0; i < count && i < most; ++i) stacks::know(page.spare.asked[i]);
  page.spare.asked_count = 0;
  page.spare.parents_top = static_cast<uint32_t>(book::header().descriptor_top);
  page.spare.streams_told = false;
  if (process.chunks[Plan::slots_near >> chunk_shift])
    for (int fd = 0; fd < 3; ++fd)
      page.spare.streams_told |=
          ledger::word_state(book::slots()[fd].word) == ledger::State::live || book::slots()[fd].site != 0;
  return true;
}

}  // namespace

void prepare() {
  if (!process.in_file || image.sealed) return;
  settle();
  uint32_t forks = __atomic_add_fetch(&process.forks, 1, __ATOMIC_RELAXED);
  if (!__libc_single_threaded) return;  // its children could not tell that they have one thread, and hand nothing back
  char* mine = process.made_spare ? __atomic_load_n(&image.spare, __ATOMIC_ACQUIRE) : nullptr;
  if (mine) {
    uint32_t holder = __atomic_load_n(&first_page_of(mine).spare.holder, __ATOMIC_ACQUIRE);
    if (holder == free_to_take && still_good(mine)) return;
  } else if ((forks & (forks - 1)) != 0 || !children_keep_ledgers()) {
    return;
  }
  if (__atomic_exchange_n(&process.making_spare, true, __ATOMIC_ACQUIRE)) return;
  if (mine) drop();
  if (affordable()) {
    process.made_spare = true;
    auto work = [] { make(); };
    beside(work);
    if (image.spare) still_good(image.spare);
  }
  __atomic_store_n(&process.making_spare, false, __ATOMIC_RELEASE);
}

namespace {

// The child's own part of the header.
[[gnu::hot]] void enter_name(FirstPage& page) {
  ledger::Header& h = page.header;
  h.pid = static_cast<int>(process.pid);
  h.start = image.start;
  h.began_monotonic = clock::now();
  h.began_realtime = page.spare.realtime_at_zero + h.began_monotonic;
  h.forked = process.forked_at;
  h.flags = ledger::header_forked;
  h.descriptor_top = 0;
  h.end = {};
  h.lost = {};
  h.cleanup = {};
  h.handled = {};
  used(h, Region::things) = 1;
  used(h, Region::events) = 0;
  rlimit64 limit = {};
  sys::prlimit64(0, RLIMIT_NOFILE, nullptr, &limit);
  h.descriptors_limit = limit.rlim_cur > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(limit.rlim_cur);
  char folder[256];
  long n = sys::getcwd(folder, sizeof folder);
  Slice name = n > 1 ? Slice(folder, static_cast<size_t>(n) - 1) : Slice();
  if (hash(name) != page.spare.folder && n > 1) h.cwd = book::text(name), page.spare.folder = hash(name);
  h.trouble = book::text(image.trouble.slice());
  program::carry_phase_over();
}

// Whether this is, or may be, a handler's doing: then the code that the signal interrupted may be ours.
[[gnu::hot, gnu::noinline]] bool in_handler(Caller caller) {
  stacks::Stack stack;
  stacks::Trail trail;
  stacks::walk(caller, stacks::max_depth, &stack, &trail);
  return stack.struck || stack.flags != 0;
}

[[gnu::hot]] bool take(char* base, int taken_first, int taken_second) {
  FirstPage& page = first_page_of(base);
  uint64_t start =
      clock::same_tick(process.forked) ? process.forked.tick : proc::start_time(static_cast<int>(process.pid));
  uint64_t open[proc::most_asked];
  size_t words = start ? proc::ask_each_number(page.spare.parents_top, open, proc::most_asked) : 0;
  if (!words || !move(page, free_to_take, childs_own())) return false;
  begin_as_child(page.spare.maker, page.spare.parents_top);
  image.start = start;
  memcpy(image.ledger_name, page.spare.name, sizeof image.ledger_name);
  char* parents = image.base;
  image.base = base;
  __atomic_fetch_add(&image.epoch, 1, __ATOMIC_RELEASE);
  each_populated(page, [](uint64_t chunk) { process.chunks[chunk] = 1; });
  process.chunks_left = page.spare.chunks_left;
  process.in_file = process.in_spare = true;
  enter_name(page);
  note_inherited({parents, -1}, process.forked_at, taken_first, taken_second, open, words, !page.spare.streams_told);
  if (in_handler(Caller::here())) lay_over(parents);
  memcpy(book::header().magic, ledger::magic, sizeof ledger::magic);
  return true;
}

}  // namespace

[[gnu::hot]] bool begin(int taken_first, int taken_second) {
  char* base = image.spare;
  if (!base || !process.forked_at || process.made_spare || !process.one_thread || !__libc_single_threaded) return false;
  image.spare = nullptr;  // the parent's; ours, should we have children, will be another
  int parent = static_cast<int>(sys::getppid());
  FirstPage& page = first_page_of(base);
  __atomic_fetch_or(&page.spare.holder, 0u, __ATOMIC_RELAXED);  // written first: read, its neighbours would come too
  if (page.spare.maker != parent || image.owner != parent || page.header.uid != static_cast<uint32_t>(sys::getuid()))
    return false;
  uint64_t all = ~0ull, before = 0;
  sys::rt_sigprocmask(2 /* SIG_SETMASK */, &all, &before, 8);
  bool taken = take(base, taken_first, taken_second);
  sys::rt_sigprocmask(2, &before, nullptr, 8);
  return taken;
}

[[gnu::hot]] bool hand_back() {
  // Neither another thread in the midst of a record, nor a child that has yet to read from this ledger.
  if (!process.in_spare || !process.one_thread || !__libc_single_threaded || process.forks) return false;
  FirstPage& page = book::first_page();
  if (page.spare.maker != static_cast<int>(sys::getppid())) return false;
  unsigned chunks = 0;
  each_populated(page, [&](uint64_t) { ++chunks; });
  if (chunks > most_chunks || __atomic_load_n(&page.spare.holder, __ATOMIC_ACQUIRE) != childs_own()) return false;
  memset(page.header.magic, 0, sizeof page.header.magic);  // nobody's record from here
  auto sites = book::sites();
  for (uint32_t i = 1; i < book::used(Region::sites); ++i)
    if (sites[i].births) sites[i].births = 0;
  each_populated(page, [](uint64_t chunk) {
    uint64_t at = chunk << chunk_shift;
    bool own =
        at == Plan::slots_near || (at >= Plan::events.far_at && at < Plan::shared.far_at) || at >= Plan::slots.far_at;
    if (own) memset(image.base + at, 0, chunk_size);
  });
  process.in_spare = false;
  if (!move(page, childs_own(), free_to_take)) remove(image.ledger_name);  // its maker went on without it
  return true;
}

void settle() {
  if (!__atomic_exchange_n(&process.in_spare, false, __ATOMIC_ACQ_REL)) return;
  [[WIPED]] static constinit Line<4096> from, to;
  Line<64> name = store::ledger_name(static_cast<int>(process.pid));
  from.clear();
  to.clear();
  from << image.run_folder << "/" << static_cast<const char*>(image.ledger_name);
  to << image.run_folder << "/" << name.slice();
  if (!sys::failed(sys::renameat(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str())))
    memcpy(image.ledger_name, name.text, name.used + 1);
}

void drop() {
  if (!process.made_spare || !image.spare) return;
  char* base = __atomic_exchange_n(&image.spare, nullptr, __ATOMIC_ACQ_REL);
  if (!base) return;
  FirstPage& page = first_page_of(base);
  uint32_t holder = __atomic_exchange_n(&page.spare.holder, static_cast<uint32_t>(left_alone), __ATOMIC_ACQ_REL);
  // Without magic nobody's record is in it: its child has not come to that, or was done with it, and was killed.
  bool blank = __atomic_load_n(&page.header.magic[0], __ATOMIC_ACQUIRE) == 0;
  if (holder == free_to_take || (blank && has_ended(static_cast<int>(holder >> holder_bits)))) remove(page.spare.name);
  sys::munmap(base, image.file_size);
}

void asked(uint64_t pc) {
  if (!process.in_spare) return;
  FirstPage::Spare& spare = book::first_page().spare;
  uint32_t at = spare.asked_count;
  if (at >= sizeof spare.asked / sizeof *spare.asked) return;
  spare.asked[at] = pc;
  spare.asked_count = at + 1;
}

}  // namespace lifeguard::spare
