#include "preload/passage.h"

#include <elf.h>
#include <emmintrin.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "preload/beside.h"
#include "preload/clock.h"
#include "preload/directory.h"
#include "preload/ending.h"
#include "preload/ledger.h"
#include "preload/line.h"
#include "preload/proc.h"
#include "preload/remains.h"
#include "preload/spare.h"
#include "preload/state.h"
#include "preload/store.h"
#include "preload/sys.h"

namespace lifeguard::passage {
namespace {

constexpr Slice variable = "LIFEGUARD_RUN=";
char* preload_entry = nullptr;  // LD_PRELOAD=...

// Whether this is the process that the image's constructor ran in, and no fork of it.
bool same_process() { return image.owner == static_cast<int>(sys::getpid()); }

bool names_library(const char* entry) { return starts_with(entry, "LD_PRELOAD=") && contains(entry, "liblifeguard"); }

// Under follow=always, an environment's own preload, which the library goes along with; null: there is none.
const char* other_preload(char* const* environment) {
  const char* found = nullptr;
  if (!image.options.follow_always || !preload_entry) return found;
  for (; environment && *environment; ++environment) {
    if (names_library(*environment)) return nullptr;
    if (starts_with(*environment, "LD_PRELOAD=")) found = *environment;
  }
  return found;
}

// Whether the library goes along in that environment, where the program lets it.
bool comes_along(char* const* environment) {
  if (image.options.follow_always) return true;
  for (; environment && *environment; ++environment)
    if (names_library(*environment)) return true;
  return false;
}

// Why a program will not be watched; null: it will, as far as can be told.
const char* unwatchable(int directory, const char* path, int flags, bool comes_along) {
  struct stat status = {};
  int links = flags & AT_SYMLINK_NOFOLLOW;
  if (sys::newfstatat(directory, path, &status, links) != 0 || !S_ISREG(status.st_mode)) return nullptr;
  constexpr int executable = 1;  // X_OK
  if (!comes_along)
    return sys::call_with(__NR_faccessat, directory, path, executable) == 0
               ? "its environment does not load the library"
               : nullptr;
  int file = static_cast<int>(
      sys::openat(directory, path,
                  O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0), 0));
  if (file < 0) return nullptr;
  alignas(8) char head[1024];
  long n = sys::fstat(file, &status) == 0 ? sys::read(file, head, sizeof head) : 0;
  sys::close(file);
  if (n < static_cast<long>(sizeof(Elf64_Ehdr)) || memcmp(head, ELFMAG, SELFMAG) != 0) return nullptr;
  auto* elf = reinterpret_cast<const Elf64_Ehdr*>(head);
  if (elf->e_ident[EI_CLASS] != ELFCLASS64 || elf->e_machine != EM_X86_64) return "another architecture";
  if ((status.st_mode & S_ISUID && status.st_uid != static_cast<uid_t>(sys::geteuid())) || status.st_mode & S_ISGID)
    return "setuid or setgid";
  if (elf->e_phoff + elf->e_phnum * sizeof(Elf64_Phdr) > static_cast<size_t>(n)) return nullptr;
  auto* segments = reinterpret_cast<const Elf64_Phdr*>(head + elf->e_phoff);
  for (unsigned i = 0; i < elf->e_phnum; ++i)
    if (segments[i].p_type == PT_INTERP) return nullptr;
  return "statically linked";
}

// One line a program in the run's folder: pid, why, path; each ended by a zero byte, the line by a newline.
void note_unwatched(const char* path, const char* why) {
  rlimit64 limit = {};
  if (sys::prlimit64(0, RLIMIT_FSIZE, nullptr, &limit) != 0 || limit.rlim_cur != RLIM64_INFINITY) return;  // SIGXFSZ
  Line<4300> name;
  name << image.run_folder << "/unwatched";
  int file = static_cast<int>(
      sys::openat(AT_FDCWD, name.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file < 0) return;
  struct stat status = {};
  if (sys::fstat(file, &status) != 0 || static_cast<uint64_t>(status.st_size) >= ledger::largest_unwatched) {
    sys::close(file);
    return;
  }
  name.clear();
  name << static_cast<uint64_t>(sys::getpid()) << Slice("\0", 1) << why << Slice("\0", 1) << path << Slice("\0\n", 2);
  sys::write(file, name.text, name.used);
  sys::close(file);
}

Slice value_of(char* entry, Slice name) { return starts_with(entry, name) ? Slice(entry).from(name.size) : Slice(); }

bool owned_folder(const char* path) {
  struct stat status = {};
  return sys::newfstatat(AT_FDCWD, path, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == static_cast<uid_t>(sys::geteuid()) && !(status.st_mode & 022);
}

void set_run(Slice folder, Slice origin) {
  if (folder.size > longest_name || origin.size >= sizeof image.origin || contains(origin, "/")) return;
  image.run_folder = keep_name(folder);
  memcpy(image.origin, origin.data, origin.size);
  image.origin[origin.size] = 0;
}

}  // namespace

bool readable(const void* memory) {
  constexpr int exists = 0;  // F_OK: what stands there is read as a path, whatever it is
  return !memory || sys::call_with(__NR_faccessat, AT_FDCWD, memory, exists) != -14 /* EFAULT */;
}

Handed handed;

size_t value_room(char* const* from) {
  size_t room = strlen(image.run_folder) + sizeof(Line<192>) + 1;
  if (const char* theirs = other_preload(from)) room += strlen(preload_entry) + strlen(theirs);
  return room;
}

bool wanted(char* const* environment) {
  return __atomic_load_n(&image.started, __ATOMIC_ACQUIRE) && !image.idle && !image.sealed &&
         !lifeguard_vfork_child_sealed && (image.run_folder[0] || image.options.follow_always) && readable(environment);
}

void environment(char** to, char* const* from, char* value, bool can_watch) {
  size_t n = 0;
  bool has_preload = false;
  const char* theirs = can_watch ? other_preload(from) : nullptr;
  for (; from && *from; ++from) {
    if (starts_with(*from, variable) || *from == theirs) continue;
    has_preload = has_preload || names_library(*from);
    to[n++] = *from;
  }
  bool goes_along = can_watch && (has_preload || image.options.follow_always);
  if (goes_along && image.run_folder[0]) {
    if (!lifeguard_vfork_depth) spare::settle();
    bool same = same_process();
    bool recorded = stage() == Stage::recording || stage() == Stage::ended;
    uint64_t at = !same && !lifeguard_vfork_depth && !recorded ? process.forked_at : 0;
    Line<192> numbers;  // the folder itself goes straight into its place: there may be no room for it twice
    numbers << variable
            << static_cast<uint64_t>(same && recorded ? image.number + 1
                                     : same           ? image.number
                                                      : 1)
            << " " << static_cast<uint64_t>(image.run_pid) << " " << image.run_start << "," << (at ? at : clock::now())
            << "," << (same && recorded && remains::has_children() ? static_cast<uint64_t>(process.pid) : 0) << " "
            << (image.ledger_name[0] ? static_cast<const char*>(image.ledger_name) : image.origin) << " ";
    memcpy(value, numbers.text, numbers.used);
    memcpy(value + numbers.used, image.run_folder, strlen(image.run_folder) + 1);
    to[n++] = value;
    value += numbers.used + strlen(image.run_folder) + 1;
  }
  if (goes_along && !has_preload && preload_entry) {
    to[n++] = theirs ? value : preload_entry;
    if (theirs) {  // both: of two entries the loader takes the last
      size_t ours = strlen(preload_entry);
      memcpy(value, preload_entry, ours);
      value[ours] = ':';
      const char* names = theirs + strlen("LD_PRELOAD=");
      memcpy(value + ours + 1, names, strlen(names) + 1);
    }
    if (image.options_entry) to[n++] = image.options_entry;
  }
  to[n] = nullptr;
}

void arrive(char** environment) {
  char** kept = environment;
  for (char** entry = environment; entry && *entry; ++entry) {
    Slice rest = value_of(*entry, variable);
    if (rest.empty()) {
      if (starts_with(*entry, "LIFEGUARD_OPTIONS=")) image.options_entry = *entry;
      if (starts_with(*entry, "PATH=")) image.path_entry = *entry;
      if (starts_with(*entry, "LD_PRELOAD=") && strlen(*entry) <= longest_name)
        preload_entry = keep_name(Slice(*entry));
      *kept++ = *entry;
      continue;
    }
    auto number = static_cast<uint32_t>(decimal(take_until(&rest, ' ')));
    auto pid = static_cast<int>(decimal(take_until(&rest, ' ')));
    Slice times = take_until(&rest, ' ');
    uint64_t start = decimal(take_until(&times, ','));
    handed.at = decimal(take_until(&times, ','));
    handed.children = decimal(times) == static_cast<uint64_t>(image.owner);
    Slice origin = take_until(&rest, ' ');
    if (number == 0 || pid <= 0 || rest.empty() || rest.data[0] != '/') continue;
    image.number = number;
    image.run_pid = pid;
    image.run_start = start;
    set_run(rest, origin);
  }
  if (kept) *kept = nullptr;
}

namespace {

// A process may have thousands of lines of maps: sixteen bytes at a time. Null: the line is not whole.
const char* line_end(const char* at, const char* end) {
  const __m128i wanted = _mm_set1_epi8('\n');
  for (; end - at >= 16; at += 16) {
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i_u*>(at));
    if (int found = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted)))
      return at + __builtin_ctz(static_cast<unsigned>(found));
  }
  while (at < end && *at != '\n') ++at;
  return at < end ? at : nullptr;
}

// Not where it began, as this image did, by an environment, and that named no library to load: to look at it takes a
// tenth of what the maps take. A program that writes its title over it leaves no whole entry at its begin.
bool parent_may_be_watched() {
  Line<64> path;
  path << "/proc/" << static_cast<uint64_t>(image.parent) << "/environ";
  int n = preload_entry ? proc::read_file(path.c_str(), scratch, sizeof scratch) : 0;
  if (n <= 0 || n + 1 >= static_cast<int>(sizeof scratch)) return true;
  Slice rest(scratch, static_cast<size_t>(n));
  Slice first = rest;
  if (!contains(take_until(&first, 0), "=")) return true;
  bool has_path = false;
  while (!rest.empty()) {
    Slice entry = take_until(&rest, 0);
    if (starts_with(entry, "LD_PRELOAD=")) return true;
    has_path = has_path || starts_with(entry, "PATH=");
  }
  return !has_path;
}

}  // namespace

bool find_parents_run() {
  if (!parent_may_be_watched()) return false;
  Line<64> path;
  path << "/proc/" << static_cast<uint64_t>(image.parent) << "/maps";
  int maps = static_cast<int>(sys::openat(AT_FDCWD, path.c_str(), O_RDONLY | O_CLOEXEC, 0));
  if (maps < 0) return false;
  size_t have = 0;
  while (true) {
    long n = sys::read(maps, scratch + have, sizeof scratch - have);
    if (n <= 0) break;
    have += static_cast<size_t>(n);
    size_t used = 0;
    for (const char* end = line_end(scratch, scratch + have); end; end = line_end(scratch + used, scratch + have)) {
      Slice line(scratch + used, static_cast<size_t>(end - scratch) - used);
      used += line.size + 1;
      if (!ends_with(line, ".ledger") || !contains(line, "/")) continue;
      take_until(&line, '/');
      Slice file(line.data - 1, line.size + 1);
      Slice name = basename(file);
      Line<4096> folder;
      folder << file.first(file.size - name.size - 1);
      if (starts_with(name, "spare-")) continue;  // made ahead for a child
      if (!owned_folder(folder.c_str())) continue;
      set_run(folder.slice(), name);
      sys::close(maps);
      return image.run_folder[0];
    }
    memmove(scratch, scratch + used, have - used);
    have -= used;
    if (have == sizeof scratch) break;
  }
  sys::close(maps);
  return false;
}

bool can_watch(const char* path, char* const* environment, int directory, int flags) {
  if (image.sealed) return true;
  const char* why = unwatchable(directory, path, flags, comes_along(environment));
  if (why && image.run_folder[0]) note_unwatched(path, why);
  return !why;
}

bool can_watch_beside(const char* path, char* const* environment) {
  if (image.sealed || !path) return true;
  if (lifeguard_vfork_depth) return can_watch(path, environment);
  bool answer = true;
  auto work = [&] { answer = can_watch(path, environment); };
  beside(work);
  return answer;
}

void leaving() {
  if (!image.run_folder[0] || image.sealed) return;
  if (lifeguard_vfork_depth || stage() != Stage::recording) return;
  spare::drop();
  ledger::Header& header = book::header();
  if (ending::judge(true).bad()) header.flags |= ledger::header_kept;
  header.end.time = clock::now();
  __atomic_store_n(&header.end.how, ledger::EndHow::exec, __ATOMIC_RELEASE);
}

void stayed() {
  if (lifeguard_vfork_depth || stage() != Stage::recording) return;
  __atomic_store_n(&book::header().end.how, ledger::EndHow::none, __ATOMIC_RELEASE);
  book::header().flags &= ~static_cast<uint32_t>(ledger::header_kept);
}

namespace {

// A vfork child's, in its parent's memory.
struct Left {
  char** pointers;
  size_t bytes;
};
__thread Left left = {};

}  // namespace

Room::Room(size_t count) : bytes(count * sizeof *pointers) {
  constexpr size_t few = 256;
  if (count <= few) return;
  long memory = sys::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (sys::failed(memory)) return;
  pointers = reinterpret_cast<char**>(memory);
  if (lifeguard_vfork_depth) left = {pointers, bytes};
}

Room::~Room() {
  if (!pointers) return;
  if (lifeguard_vfork_depth) left = {};
  sys::munmap(pointers, bytes);
}

void give_back_childs_room() {
  if (!left.pointers) return;
  sys::munmap(left.pointers, left.bytes);
  left = {};
}

}  // namespace lifeguard::passage
