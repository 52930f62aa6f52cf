// Where ledgers live on disk: choosing and checking the store, making the run's folder and the ledger file in it, and
// taking both away again. All of it runs beside the program (beside.h): bare system calls, static buffers, one at a
// time.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "preload/line.h"
#include "src/options/slice.h"

namespace lifeguard::store {

struct Made {
  char* base = nullptr;      // the mapping; null: none could be made
  bool in_file = false;      // false: anonymous memory
  int run = -1;              // its folder, open until finished_making()
  uint64_t chunks_left = 0;  // what the store may be asked for
  uint64_t began_realtime = 0, began_monotonic = 0;
};

// Makes a ledger for process pid: the run's folder if there is none yet, the file, the mapping. What goes wrong is
// noted in image.trouble, and memory takes the place of the file.
void make(int pid, Made* made);

// Tells the kernel what a ledger's mapping is for.
void advise(char* base);

// The ledger's header is complete: from now on the file has its name. A kill before leaves nothing that looks like one.
void finished_making(Made* made);

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

// The file name of this image's ledger.
Line<64> ledger_name(int pid);

// The same by asking for each number up to known_top, or 127: a bit for each. Number of words written; 0: not known.
inline constexpr size_t most_asked = 4;
size_t ask_each_number(uint32_t known_top, uint64_t* open, size_t room);

// Takes the ledger away, and the run's folder if nothing else is in it.
void remove_ledger();

// Takes away what this process's images before an exec recorded, where nothing in it is worth keeping.
void remove_earlier_images(int pid);

// Removes ended runs, oldest first, until at most store_max are left.
void prune(int store_descriptor, int pid);

// Small things that several files of this kind need.
int read_file(const char* path, char* to, size_t size);  // bytes read (zero-terminated), or -errno
uint64_t start_time(int pid);                            // field 22 of /proc/PID/stat; 0: no such process, or no /proc

}  // namespace lifeguard::store
