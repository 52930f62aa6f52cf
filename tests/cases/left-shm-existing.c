// Who asks for shared memory that may be there already, and is, did not make it.
// hooks: shm_open sem_open
// libraries: -lrt
// expect: left-behind segment 1 in make_segment
// expect: left-behind semaphore 1 in make_semaphore
#include <semaphore.h>
#include <sys/mman.h>

#include "victim.h"

static char name[64];

SITE static int make_segment(void) { return shm_open(name, O_RDWR | O_CREAT, 0600); }
SITE static int use_segment(void) { return shm_open(name, O_RDWR | O_CREAT, 0600); }
SITE static sem_t* make_semaphore(void) { return sem_open(name, O_CREAT, 0600, 1); }
SITE static sem_t* use_semaphore(void) { return sem_open(name, O_CREAT, 0600, 1); }

void victim(void) {
  snprintf(name, sizeof name, "/lifeguard-case-%d", getpid());
  remove_later("shm_unlink", name, 0);
  remove_later("sem_unlink", name, 0);
  CHECK(close(make_segment()) == 0 && close(use_segment()) == 0);
  CHECK(sem_close(make_semaphore()) == 0 && sem_close(use_semaphore()) == 0);
}
