// limit= with kinds: each is counted by itself, what was given back does not count, and each is told of once.
// hooks: socket listen fork pthread_create close
// options: report=said limit=socket=5,listener=2,process=3,thread=4,file=0
// expect-nothing
// allow: unjoined
// allow: running
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/socket.h>

#include "children.h"
#include "said.h"

SITE static int take_socket(void) { return socket(AF_INET, SOCK_STREAM, 0); }
SITE static int take_listener(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(listen(fd, 1) == 0);
  return fd;
}
SITE static pid_t take_child(void) {
  pid_t child = fork();
  if (child == 0)
    for (;;) pause();
  return child;
}
static sem_t over;
static void* thread(void* unused) {
  sem_wait(&over);
  return unused;
}

void victim(void) {
  for (int i = 0; i < 100; ++i) CHECK(close(take_socket()) == 0);
  int sockets[8];
  for (int i = 0; i < 4; ++i) sockets[i] = take_socket();
  for (int i = 0; i < 10; ++i) CHECK(close(take_socket()) == 0 || i > 0);
  CHECK_SAID("holds 5 sockets (limit=socket=5):\n", 1);
  int listeners[3];
  for (int i = 0; i < 1; ++i) listeners[i] = take_listener();
  CHECK_SAID("listener", 0);
  listeners[1] = take_listener();
  listeners[2] = take_listener();
  CHECK_SAID("holds 2 listeners (limit=listener=2):\n", 1);
  pid_t children[4];
  for (int i = 0; i < 2; ++i) children[i] = take_child();
  CHECK_SAID("process", 0);
  for (int i = 2; i < 4; ++i) children[i] = take_child();
  CHECK_SAID("holds 3 processes (limit=process=3):\n", 1);
  CHECK(sem_init(&over, 0, 0) == 0);
  pthread_t threads[5];
  for (int i = 0; i < 5; ++i) CHECK(pthread_create(&threads[i], NULL, thread, NULL) == 0);
  CHECK_SAID("threads (limit=thread=4):", 1);
  for (int i = 0; i < 5; ++i) sem_post(&over);
  for (int i = 0; i < 5; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
  for (int i = 0; i < 4; ++i) {
    kill(children[i], SIGKILL);
    CHECK(waitpid(children[i], NULL, 0) == children[i]);
  }
  for (int i = 0; i < 4; ++i) close(sockets[i]);
  for (int i = 0; i < 3; ++i) close(listeners[i]);
  CHECK_SAID("limit=", 4);
}
