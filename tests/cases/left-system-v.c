// System V's memory, semaphores and queues stay until they are removed, whoever made them ends.
// hooks: shmget shmctl semget semctl msgget msgctl
// expect: left-behind segment 1 in leak_segment
// expect: left-behind semaphore 1 in leak_semaphore
// expect: left-behind queue 1 in leak_queue
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "victim.h"

SITE static int leak_segment(void) { return shmget(IPC_PRIVATE, 4096, 0600); }
SITE static int leak_semaphore(void) { return semget(IPC_PRIVATE, 2, 0600); }
SITE static int leak_queue(void) { return msgget(IPC_PRIVATE, 0600); }

static int id_of(int id) {
  if (id < 0) skip("no System V objects here");
  return id;
}

void victim(void) {
  struct shmid_ds segment;
  struct msqid_ds queue;
  int kept[3];
  CHECK(shmctl(id_of(leak_segment()), IPC_RMID, NULL) == 0);
  CHECK(semctl(id_of(leak_semaphore()), 0, IPC_RMID) == 0);
  CHECK(msgctl(id_of(leak_queue()), IPC_RMID, NULL) == 0);
  remove_later("shmctl", NULL, kept[0] = leak_segment());
  remove_later("semctl", NULL, kept[1] = leak_semaphore());
  remove_later("msgctl", NULL, kept[2] = leak_queue());
  CHECK(shmctl(kept[0], IPC_STAT, &segment) == 0 && segment.shm_segsz == 4096);
  CHECK(semctl(kept[1], 1, SETVAL, 7) == 0 && semctl(kept[1], 1, GETVAL) == 7);
  CHECK(msgctl(kept[2], IPC_STAT, &queue) == 0 && queue.msg_qnum == 0);
}
