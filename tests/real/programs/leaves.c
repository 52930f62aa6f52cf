// Leaves behind, in the folder that is its first argument, what `lifeguard cleanup` can take away: a unix socket's path, a
// temporary file, a folder, a POSIX segment, semaphore and queue (named by its second argument), a System V segment.
// Third argument, if there is one: says "ready" and waits.
#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int main(int count, char** words) {
  if (count < 3 || chdir(words[1]) != 0) return 2;
  struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "left.sock"};
  char file[] = "left-XXXXXX", folder[] = "folder-XXXXXX";
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(fd, (struct sockaddr*)&local, sizeof local) != 0 || mkstemp(file) < 0 || !mkdtemp(folder)) return 1;
  if (shm_open(words[2], O_RDWR | O_CREAT | O_EXCL, 0600) < 0) return 3;
  sem_t* semaphore = sem_open(words[2], O_CREAT | O_EXCL, 0600, 1);
  if (semaphore == SEM_FAILED) return 4;
  if (mq_open(words[2], O_RDWR | O_CREAT | O_EXCL, 0600, NULL) == (mqd_t)-1) perror("mq_open");
  printf("%d\n", shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600));
  if (count > 3) puts("ready");
  fflush(stdout);
  while (count > 3) pause();
  return 0;
}
