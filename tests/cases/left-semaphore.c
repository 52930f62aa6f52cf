// Semaphores by name stay until they are unlinked.
// hooks: sem_open sem_unlink
// expect: left-behind semaphore 1 in leak_semaphore detail */lifeguard-case-*
#include <semaphore.h>

#include "victim.h"

static char name[64];

SITE static sem_t* leak_semaphore(void) { return sem_open(name, O_CREAT | O_EXCL, 0600, 1); }

void victim(void) {
  snprintf(name, sizeof name, "/lifeguard-case-%d-removed", getpid());
  CHECK(sem_close(leak_semaphore()) == 0 && sem_unlink(name) == 0);
  snprintf(name, sizeof name, "/lifeguard-case-%d", getpid());
  remove_later("sem_unlink", name, 0);
  sem_t* semaphore = leak_semaphore();
  CHECK(semaphore != SEM_FAILED && sem_post(semaphore) == 0 && sem_close(semaphore) == 0);
}
