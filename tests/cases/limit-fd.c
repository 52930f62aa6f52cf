// limit=fd=90%, which is the default: once nine tenths of what the process may have open are open, it is said once who
// has them; not before, and counted of what is open, whatever its number. The limit is the one of then.
// hooks: setrlimit setrlimit64 prlimit prlimit64 open dup2 dup
// variant setrlimit64: -DWAY=1
// variant prlimit: -DWAY=2
// variant prlimit64: -DWAY=3
// options: report=said
// expect-nothing
#include <sys/resource.h>

#include "said.h"

#ifndef WAY
#define WAY 0
#endif

SITE static int opens(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int copies(int fd) { return dup(fd); }

static void allow(unsigned most) {
  struct rlimit before;
  CHECK(raw_syscall(SYS_getrlimit, RLIMIT_NOFILE, (long)&before, 0, 0) == 0);
  struct rlimit limit = {most, before.rlim_max};
  struct rlimit64 limit64 = {most, before.rlim_max};
  switch (WAY) {
    case 0: CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0); break;
    case 1: CHECK(setrlimit64(RLIMIT_NOFILE, &limit64) == 0); break;
    case 2: CHECK(prlimit(0, RLIMIT_NOFILE, &limit, NULL) == 0); break;
    case 3: CHECK(prlimit64(0, RLIMIT_NOFILE, &limit64, NULL) == 0); break;
  }
}
static int open_now(void) {
  int n = 0;
  for (int fd = 0; fd < 320; ++fd) n += is_open(fd);
  return n;
}

void victim(void) {
  allow(200);
  int first = opens();
  CHECK(dup2(first, 195) == 195 && dup2(first, 196) == 196);  // high numbers are not many numbers
  CHECK_SAID("limit", 0);
  while (open_now() < 179) CHECK((open_now() % 3 ? opens() : copies(first)) > 2);
  CHECK_SAID("limit", 0);
  allow(300);
  CHECK(opens() > 2);  // the 180th
  CHECK_SAID("limit", 0);
  while (open_now() < 269) CHECK((open_now() % 3 ? opens() : copies(first)) > 2);
  CHECK_SAID("limit", 0);
  CHECK(opens() > 2);
  CHECK_SAID("holds 270 of the 300 descriptors it may have (limit=fd=90%):\n", 1);
  CHECK_SAID_SOME(" files acquired in opens (");
  CHECK_SAID_SOME(" files acquired in copies (");
  CHECK_SAID("\n  all of it: lifeguard ps ", 1);
  while (opens() >= 0) {
  }
  CHECK(errno == EMFILE);
  close(first);
  CHECK_SAID("lifeguard: ", 1);  // once and for all
  for (int fd = 3; fd < 1000; ++fd)
    if (is_open(fd)) close(fd);
}
