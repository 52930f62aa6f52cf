// Two thousand descriptors of one site, and numbers far up.
// hooks: open dup2
// expect: open-at-end file 2000 in leak_it detail /etc/passwd
// expect: open-at-end file 1 in leak_far
#include <sys/resource.h>

#include "victim.h"

static int far;

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int leak_far(int fd) { return dup2(fd, far); }

void victim(void) {
  struct rlimit limit;
  CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  if (limit.rlim_max < 4096) skip("RLIMIT_NOFILE is below 4096");
  limit.rlim_cur = limit.rlim_max;
  CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  far = (int)(limit.rlim_max > 1000000 ? 1000000 : limit.rlim_max) - 1;
  int fd = -1;
  for (int i = 0; i < 2000; ++i) CHECK((fd = leak_it()) > 2);
  CHECK(leak_far(fd) == far);
}
