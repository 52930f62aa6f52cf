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
  uint64_t chunks_left = 0;  // what the store may be asked for
  // Which descriptors are open, a bit for each; none where that is not known. Of the standard streams, where nothing
  // above them came along, in `streams`, else in proc::numbers.
  const uint64_t* open = nullptr;
  size_t open_words = 0;
  uint64_t streams = 0;
  uint64_t began_realtime = 0, began_monotonic = 0;
};

// Makes a ledger for process pid: the run's folder if there is none yet, the file, the mapping. Until its header has
// the magic, nobody takes it for one. What goes wrong is noted in image.trouble, and memory takes the place of the
// file.
void make(int pid, Made* made);

// Memory for a ledger, of that file or of none. All of it would be read in and locked where the program wants that of
// whatever it maps (mlockall), and most of it stays empty: so it is kept from that.
long map(int flags, int file);
// Around a call that locks all that is mapped: not what is a ledger's. Of one thread only, which holds signals back.
void hide_ledgers(bool hidden);
// Tells the kernel what a ledger's mapping is for.
void advise(char* base);

// The file name of this image's ledger.
Line<64> ledger_name(int pid);

// Removes ended runs, oldest first, until at most store_max are left.
// links: how many the store's folder has.
void prune(int store_descriptor, int pid, uint64_t links);

}  // namespace lifeguard::store
