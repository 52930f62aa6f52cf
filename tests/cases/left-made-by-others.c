// Who asks for what may be there already, without O_EXCL, made it only if it was not: here others had.
// hooks: shm_open sem_open mq_open
// libraries: -lrt
// expect: left-behind segment 1 in make_segment
// expect: left-behind semaphore 1 in make_semaphore
// expect: left-behind queue 1 in make_queue
#include <mqueue.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "victim.h"

static char name[64];

SITE static int make_segment(void) { return shm_open(name, O_RDWR | O_CREAT, 0600); }
SITE static sem_t* make_semaphore(void) { return sem_open(name, O_CREAT, 0600, 1); }
SITE static mqd_t make_queue(void) { return mq_open(name, O_RDWR | O_CREAT, 0600, NULL); }

SITE static int use_segment(void) { return shm_open(name, O_RDWR | O_CREAT, 0600); }
SITE static sem_t* use_semaphore(void) { return sem_open(name, O_CREAT, 0600, 1); }
SITE static mqd_t use_queue(void) { return mq_open(name, O_RDWR | O_CREAT, 0600, NULL); }

// By calls that no hook sees.
static void made_by_others(void) {
  char path[128];
  snprintf(path, sizeof path, "/dev/shm%s", name);
  CHECK(raw_close(raw_open(path, O_RDWR | O_CREAT | O_EXCL)) == 0);
  CHECK(raw_close((int)raw_syscall(SYS_mq_open, (long)name + 1, O_RDWR | O_CREAT | O_EXCL, 0600, 0)) == 0);
  char text[sizeof(sem_t)] = {0};
  snprintf(path, sizeof path, "/dev/shm/sem.%s", name + 1);
  int fd = raw_open(path, O_RDWR | O_CREAT | O_EXCL);
  CHECK(fd >= 0 && raw_syscall(SYS_write, fd, (long)text, sizeof text, 0) == sizeof text && raw_close(fd) == 0);
}

static void remove_all_later(void) {
  remove_later("shm_unlink", name, 0);
  remove_later("sem_unlink", name, 0);
  remove_later("mq_unlink", name, 0);
}

void victim(void) {
  snprintf(name, sizeof name, "/lifeguard-case-%d", getpid());
  mqd_t queue = make_queue();
  if (queue < 0) skip("no message queues here");
  remove_all_later();
  CHECK(mq_close(queue) == 0 && close(make_segment()) == 0 && sem_close(make_semaphore()) == 0);
  snprintf(name, sizeof name, "/lifeguard-case-%d-others", getpid());
  remove_all_later();
  made_by_others();
  errno = 0;
  CHECK(close(use_segment()) == 0 && sem_close(use_semaphore()) == 0 && mq_close(use_queue()) == 0 && errno == 0);
}
