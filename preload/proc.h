// What the system says of processes and descriptors. All of it is asked beside the program (beside.h).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "src/options/slice.h"

namespace lifeguard::proc {

// Bytes read, ended by a zero besides, or -errno.
int read_file(const char* path, char* to, size_t size);

// /proc/PID/stat.
struct Stat {
  char state = '?';
  int parent = 0, group = 0;
  uint64_t session = 0, start = 0, processor = 0;
  Slice name;  // in `scratch`
};
bool stat(int pid, Stat* stat);
uint64_t start_time(int pid);  // 0: no such process, or no /proc

// Notes in `numbers` which descriptors the program has.
void list_descriptors();
struct Numbers {
  static constexpr size_t words = 1048576 / 64;
  bool known;      // /proc could be read
  size_t touched;  // words that may not be zero
  uint64_t open[words];
};
extern Numbers numbers;
inline bool is_open(uint32_t fd) { return fd / 64 < Numbers::words && (numbers.open[fd / 64] >> fd % 64 & 1); }

// The same by asking for each number up to known_top, or 127: a bit for each. Number of words written; 0: not known.
inline constexpr size_t most_asked = 4;
size_t ask_each_number(uint32_t known_top, uint64_t* open, size_t room);

}  // namespace lifeguard::proc
