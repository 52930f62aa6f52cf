#include "preload/spare.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/single_threaded.h>
#include <sys/stat.h>

#include "preload/beside.h"
#include "preload/ledger.h"
#include "preload/line.h"
#include "preload/state.h"
#include "preload/store.h"
#include "preload/sys.h"

namespace lifeguard::spare {
namespace {

using book::FirstPage;

enum Holder : uint32_t {
  unfinished = 0,
  free_to_take = 1,
  childs = 2,      // a child records in it
  left_alone = 3,  // likewise, and its maker waits for it no more
};

FirstPage& first_page_of(char* base) { return *reinterpret_cast<FirstPage*>(base); }

bool move(FirstPage& page, uint32_t from, uint32_t to) {
  return __atomic_compare_exchange_n(&page.spare.holder, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

Line<4096> path_of(const char* name) {
  Line<4096> path;
  path << static_cast<const char*>(image.run_folder) << "/" << name;
  return path;
}

Line<64> name_of_mine() {
  Line<64> name;
  name << static_cast<uint64_t>(process.pid) << "." << image.number << "." << image.start << ".spare";
  return name;
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

void make() {
  constexpr int keep_out_of_core_dumps = 16, populate_write = 23;  // MADV_DONTDUMP, MADV_POPULATE_WRITE
  Line<64> name = name_of_mine();
  Line<4096> path = path_of(name.c_str());
  int file =
      static_cast<int>(sys::openat(AT_FDCWD, path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file < 0) return;
  long memory = sys::failed(sys::ftruncate(file, image.file_size))
                    ? -1
                    : sys::mmap(nullptr, image.file_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  sys::close(file);
  if (sys::failed(memory)) {
    sys::unlinkat(AT_FDCWD, path.c_str(), 0);
    return;
  }
  auto* base = reinterpret_cast<char*>(memory);
  sys::madvise(base, image.file_size, keep_out_of_core_dumps);
  if (sys::failed(sys::madvise(base, ledger::page_size, populate_write))) {
    sys::munmap(base, image.file_size);
    sys::unlinkat(AT_FDCWD, path.c_str(), 0);
    return;
  }
  FirstPage& page = first_page_of(base);
  page.populated[0] = 1;
  page.spare.maker = process.pid;
  page.spare.chunks_left = process.chunks_left;
  memcpy(page.spare.name, name.text, name.used + 1);
  __atomic_store_n(&page.spare.holder, static_cast<uint32_t>(free_to_take), __ATOMIC_RELEASE);
  __atomic_store_n(&image.spare, base, __ATOMIC_RELEASE);
}

}  // namespace

void prepare() {
  if (!process.in_file || image.sealed) return;
  uint32_t forks = __atomic_add_fetch(&process.forks, 1, __ATOMIC_RELAXED);
  if (!__libc_single_threaded) return;  // its children could not tell that they have one thread, and hand nothing back
  char* mine = process.made_spare ? __atomic_load_n(&image.spare, __ATOMIC_ACQUIRE) : nullptr;
  if (mine) {
    uint32_t holder = __atomic_load_n(&first_page_of(mine).spare.holder, __ATOMIC_ACQUIRE);
    if (holder == free_to_take) return;
  } else if ((forks & (forks - 1)) != 0 || !children_keep_ledgers()) {
    return;
  }
  if (__atomic_exchange_n(&process.making_spare, true, __ATOMIC_ACQUIRE)) return;
  if (mine) drop();
  if (affordable()) {
    process.made_spare = true;
    auto work = [] { make(); };
    beside(work);
  }
  __atomic_store_n(&process.making_spare, false, __ATOMIC_RELEASE);
}

char* take_over(int pid, const char* name, uint64_t* chunks_left) {
  char* base = image.spare;
  image.spare = nullptr;  // the parent's; ours, should we have children, will be another
  if (!base || pid == static_cast<int>(first_page_of(base).spare.maker)) return nullptr;
  FirstPage& page = first_page_of(base);
  if (page.spare.maker != static_cast<uint32_t>(image.parent) || !move(page, free_to_take, childs)) return nullptr;
  if (sys::failed(sys::renameat(AT_FDCWD, path_of(page.spare.name).c_str(), AT_FDCWD, path_of(name).c_str()))) {
    move(page, childs, free_to_take);  // another user, another root: not for us
    return nullptr;
  }
  for (size_t word = 0; word < FirstPage::words; ++word)
    for (uint64_t left = page.populated[word]; left; left &= left - 1)
      process.chunks[word * 64 + static_cast<unsigned>(__builtin_ctzll(left))] = 1;
  *chunks_left = page.spare.chunks_left;
  process.in_spare = true;
  return base;
}

bool hand_back() {
  constexpr unsigned most_chunks = 64;
  FirstPage& page = book::first_page();
  // Neither another thread in the midst of a record, nor a child that has yet to read from this ledger.
  if (!process.in_spare || !process.one_thread || !__libc_single_threaded || process.forks) return false;
  if (page.spare.maker != static_cast<uint32_t>(sys::getppid())) return false;
  unsigned chunks = 0;
  for (uint64_t word : page.populated) chunks += static_cast<unsigned>(__builtin_popcountll(word));
  if (chunks > most_chunks || __atomic_load_n(&page.spare.holder, __ATOMIC_ACQUIRE) != childs) return false;
  memset(&page.header, 0, sizeof page.header);  // from the magic on: nobody's record from here
  for (size_t word = 0; word < FirstPage::words; ++word)
    for (uint64_t left = page.populated[word]; left; left &= left - 1)
      if (uint64_t chunk = word * 64 + static_cast<unsigned>(__builtin_ctzll(left)))
        memset(image.base + (chunk << chunk_shift), 0, chunk_size);
  Line<4096> named = path_of(image.ledger_name), back = path_of(page.spare.name);
  if (sys::failed(sys::renameat(AT_FDCWD, named.c_str(), AT_FDCWD, back.c_str()))) return false;
  if (!move(page, childs, free_to_take)) sys::unlinkat(AT_FDCWD, back.c_str(), 0);  // its maker went on without it
  return true;
}

void drop() {
  if (!process.made_spare || !image.spare) return;
  char* base = __atomic_exchange_n(&image.spare, nullptr, __ATOMIC_ACQ_REL);
  if (!base) return;
  FirstPage& page = first_page_of(base);
  if (move(page, free_to_take, left_alone))
    sys::unlinkat(AT_FDCWD, path_of(page.spare.name).c_str(), 0);
  else
    move(page, childs, left_alone);
  sys::munmap(base, image.file_size);
}

}  // namespace lifeguard::spare
