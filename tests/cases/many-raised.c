// The limit raised after the ledger was made for a lower one: what finds no room there is counted, or reported.
// hooks: open dup2
// lost: descriptors
// allow: unseen
// allow: open-at-end file
// expect: open-at-end pipe 2 in make_pipe
#include <sys/resource.h>

#include "victim.h"

SITE static int make_pipe(int ends[2]) { return pipe(ends); }

void victim(void) {
  struct rlimit low, high;
  int ends[2];
  CHECK(getrlimit(RLIMIT_NOFILE, &high) == 0);
  if (high.rlim_max < 4096) skip("RLIMIT_NOFILE is below 4096");
  low = high;
  low.rlim_cur = 256;
  high.rlim_cur = high.rlim_max;
  int far = (int)(high.rlim_max > 1000000 ? 1000000 : high.rlim_max) - 1;
  CHECK(setrlimit(RLIMIT_NOFILE, &low) == 0);
  CHECK(make_pipe(ends) == 0);
  CHECK(setrlimit(RLIMIT_NOFILE, &high) == 0);
  int file = open(PLAIN_FILE, O_RDONLY);
  CHECK(dup2(file, far) == far && close(file) == 0 && is_open(far));
}
