// A listener that slipped into another program and outlives the process that made it holds its port: an error.
// hooks: execv socket listen fork close pipe2 fcntl
// process: FORM 1 exit status 0
// process: FORM 1 exit status 0 parent FORM
// expect: passed-on listener 1 in make_listener severity error
// expect: passed-on pipe 1 in victim severity note
// expect: open-at-end listener 1 in make_listener processes 1
// expect: orphan process 1 in start_child
#include "again.h"
#include "internet.h"

SITE static int make_listener(void) { return socket(AF_INET, SOCK_STREAM, 0); }
SITE static pid_t start_child(void) {
  char* arguments[] = {self, NULL};
  pid_t pid = fork();
  if (pid == 0) {
    execv(self, arguments);
    raw_exit(98);
  }
  return pid;
}

void victim(void) {
  if (step()) {  // until the parent has gone; the runner waits for the end of both
    long parent = atol(getenv("PARENT"));
    int ready = atoi(getenv("READY"));
    raw_syscall(SYS_write, ready, (long)"x", 1, 0);
    UNTIL(raw_syscall(SYS_getppid, 0, 0, 0, 0) != parent);
    double gone = seconds();
    UNTIL(seconds() > gone + 0.05);  // its end is the later one by any clock
    return;
  }
  struct sockaddr_in address = loopback(0);
  char text[20];
  next_step(1);
  int fd = make_listener(), ends[2];
  CHECK(bind(fd, (struct sockaddr*)&address, sizeof address) == 0 && listen(fd, 8) == 0);
  snprintf(text, sizeof text, "%d", getpid());
  CHECK(setenv("PARENT", text, 1) == 0 && pipe2(ends, O_CLOEXEC) == 0);
  CHECK(fcntl(ends[1], F_SETFD, 0) == 0);
  snprintf(text, sizeof text, "%d", ends[1]);
  CHECK(setenv("READY", text, 1) == 0 && start_child() > 0);
  CHECK(raw_syscall(SYS_read, ends[0], (long)text, 1, 0) == 1);
  CHECK(close(ends[0]) == 0 && close(ends[1]) == 0);
}
