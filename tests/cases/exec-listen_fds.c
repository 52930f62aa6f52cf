// Descriptors from 3 on that are announced as systemd announces them are passed by agreement.
// hooks: execv socket bind listen
// end: exec
// process: FORM 1 exec
// process: FORM 2 exit status 0
// expect: passed-on listener 1 in to_pass severity note
#include "again.h"
#include "internet.h"

SITE static int to_pass(void) { return socket(AF_INET, SOCK_STREAM, 0); }

void victim(void) {
  char *arguments[] = {self, NULL}, pid[20];
  if (step()) return;
  next_step(1);
  struct sockaddr_in address = loopback(0);
  int fd = to_pass();
  CHECK(fd == 3 && bind(fd, (struct sockaddr*)&address, sizeof address) == 0 && listen(fd, 8) == 0);
  snprintf(pid, sizeof pid, "%d", getpid());
  CHECK(setenv("LISTEN_FDS", "1", 1) == 0 && setenv("LISTEN_PID", pid, 1) == 0);
  execv(self, arguments);
  CHECK(!"became another program");
}
