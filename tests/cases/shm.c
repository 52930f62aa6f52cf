// Shared memory by name is a file until it is unlinked, and after.
// hooks: shm_open
// expect: open-at-end file 1 in leak_segment detail *lifeguard-case-*
#include <sys/mman.h>

#include "victim.h"

static char name[64];

SITE static int leak_segment(void) { return shm_open(name, O_RDWR | O_CREAT, 0600); }

void victim(void) {
  snprintf(name, sizeof name, "/lifeguard-case-%d", getpid());
  leaked_once(leak_segment);
  CHECK(shm_unlink(name) == 0);
}
