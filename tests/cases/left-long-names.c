// Names too long for the record itself are looked for at the end by the whole of them.
// hooks: mkstemp shm_open unlink
// libraries: -lrt
// expect: left-behind path 1 in leak_path detail /*/ddd*ddd/left-*
// expect: left-behind segment 1 in leak_segment detail /lifeguard-*sss
#include <string.h>
#include <sys/mman.h>

#include "victim.h"

static char folder[300], name[400];

SITE static int leak_path(void) { return mkstemp(name); }
SITE static int clean_path(void) { return mkstemp(name); }
SITE static int leak_segment(void) { return shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600); }

void victim(void) {
  memset(folder, 'd', 200);
  CHECK(raw_syscall(SYS_mkdir, (long)folder, 0700, 0, 0) == 0);
  snprintf(name, sizeof name, "%s/gone-XXXXXX", folder);
  CHECK(close(clean_path()) == 0 && unlink(name) == 0);
  snprintf(name, sizeof name, "%s/left-XXXXXX", folder);
  CHECK(close(leak_path()) == 0);
  int n = snprintf(name, sizeof name, "/lifeguard-case-%d-", getpid());
  memset(name + n, 's', 200);
  name[n + 200] = 0;
  CHECK(close(leak_segment()) == 0);
  remove_later("shm_unlink", name, 0);
}
