#include "preload/proc.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "preload/directory.h"
#include "preload/line.h"
#include "preload/state.h"
#include "preload/sys.h"

namespace lifeguard::proc {

[[WIPED, gnu::aligned(4096)]] Numbers numbers;

int read_file(const char* path, char* to, size_t size) {
  int fd = static_cast<int>(sys::openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0));
  if (fd < 0) return fd;
  size_t used = 0;
  while (used + 1 < size) {
    long n = sys::read(fd, to + used, size - 1 - used);
    if (n <= 0) break;
    used += static_cast<size_t>(n);
    if (n < 4096 && used < 4096) break;  // less than a page: that was all
  }
  to[used] = 0;
  sys::close(fd);
  return static_cast<int>(used);
}

bool stat(int pid, Stat* stat) {
  Line<64> path;
  path << "/proc/" << static_cast<uint64_t>(pid) << "/stat";
  int n = read_file(path.c_str(), scratch, 1024);
  if (n <= 0) return false;
  Slice whole(scratch, static_cast<size_t>(n));
  size_t name_at = 0, name_end = whole.size;
  while (name_at < whole.size && scratch[name_at] != '(') ++name_at;
  while (name_end > name_at && scratch[name_end - 1] != ')') --name_end;  // the name may hold anything
  stat->name = name_end > name_at + 2 ? whole.from(name_at + 1).first(name_end - name_at - 2) : Slice();
  Slice rest = whole.from(name_end);
  take_until(&rest, ' ');
  for (int field = 3; field <= 39; ++field) {
    Slice value = take_until(&rest, ' ');
    if (field == 3 && value.size) stat->state = value.data[0];
    if (field == 4) stat->parent = static_cast<int>(decimal(value));
    if (field == 5) stat->group = static_cast<int>(decimal(value));
    if (field == 6) stat->session = decimal(value);
    if (field == 22) stat->start = decimal(value);
    if (field == 39) stat->processor = decimal(value);
  }
  return true;
}

uint64_t start_time(int pid) {
  Stat told;
  return stat(pid, &told) ? told.start : 0;
}

// A process that was just forked would have to be entered into /proc for the answer, which takes longer than all else.
[[gnu::hot]] size_t ask_each_number(uint32_t known_top, uint64_t* open, size_t room) {
  constexpr size_t least = 2;
  size_t words = (known_top + 63) / 64;
  if (words < least) words = least;
  if (words > room) return 0;
  for (size_t word = 0; word < words; ++word) {
    pollfd asked[64];  // few, since the stack may be a handler's
    for (int i = 0; i < 64; ++i) asked[i] = {static_cast<int>(word) * 64 + i, 0, 0};
    constexpr int no_patience = 0;
    if (sys::poll(asked, 64, no_patience) < 0) return 0;
    open[word] = 0;
    for (int i = 0; i < 64; ++i)
      if (!(asked[i].revents & POLLNVAL)) open[word] |= 1ull << i;
  }
  return words;
}

void list_descriptors() {
  for (size_t i = 0; i < numbers.touched; ++i) numbers.open[i] = 0;
  numbers.touched = 0;
  bool had_0 = false, closed_0 = false;
  int directory = open_directory(AT_FDCWD, "/proc/self/fd");
  if (directory == -24 && image.in_place) {
    image.needs_helper = true;
    numbers.known = false;
    return;
  }
  if (directory == -24) {
    had_0 = sys::fcntl(0, F_GETFD) >= 0;
    closed_0 = true;
    sys::close(0);
    directory = open_directory(AT_FDCWD, "/proc/self/fd");
  }
  numbers.known = directory >= 0 && each_entry(directory, scratch, [&](const char* name) {
                    uint64_t fd = decimal(name);
                    if (fd == static_cast<uint64_t>(directory) || fd / 64 >= Numbers::words) return true;
                    numbers.open[fd / 64] |= 1ull << fd % 64;
                    if (fd / 64 >= numbers.touched) numbers.touched = fd / 64 + 1;
                    return true;
                  });
  if (closed_0 && had_0) numbers.open[0] |= 1, numbers.touched = numbers.touched ? numbers.touched : 1;
  if (directory >= 0) sys::close(directory);
}

}  // namespace lifeguard::proc
