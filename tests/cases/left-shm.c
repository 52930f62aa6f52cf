// Shared memory by name stays until it is unlinked, closed or not.
// hooks: shm_open shm_unlink
// expect: left-behind segment 1 in leak_segment detail */lifeguard-case-*
#include <sys/mman.h>

#include "victim.h"

static char name[64];

SITE static int leak_segment(void) { return shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600); }

void victim(void) {
  snprintf(name, sizeof name, "/lifeguard-case-%d-removed", getpid());
  CHECK(close(leak_segment()) == 0 && shm_unlink(name) == 0);
  snprintf(name, sizeof name, "/lifeguard-case-%d", getpid());
  remove_later("shm_unlink", name, 0);
  CHECK(close(leak_segment()) == 0);
  CHECK(close(shm_open(name, O_RDWR, 0)) == 0);
}
