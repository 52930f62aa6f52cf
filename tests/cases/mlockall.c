// A program that locks its memory does not lock the ledger's, most of which is empty: neither the one there is, nor
// those that are made for its children and by them. With other threads nothing is kept from being locked.
// hooks: mlockall munlockall open fork close
// forms: main
// expect: open-at-end file 1 in leaks
#include <sys/mman.h>
#include <sys/wait.h>

#include "victim.h"

SITE static int leaks(void) { return open(PLAIN_FILE, O_RDONLY); }

static long locked_kilobytes(void) {
  char text[8192], *at;
  int fd = raw_open("/proc/self/status", O_RDONLY);
  long n = raw_syscall(SYS_read, fd, (long)text, sizeof text - 1, 0);
  raw_close(fd);
  CHECK(n > 0);
  text[n] = 0;
  at = strstr(text, "VmLck:");
  CHECK(at);
  return strtol(at + 6, NULL, 10);
}

void victim(void) {
  enum { without_ledgers = 5000 };
  CHECK(leaks() > 2);
  if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0) skip("memory may not be locked");
  CHECK(locked_kilobytes() < without_ledgers);
  for (int i = 0; i < 20; ++i) {
    int status;
    pid_t child = fork();
    if (child == 0) _exit(close(open(PLAIN_FILE, O_RDONLY)) != 0);
    CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
  }
  CHECK(locked_kilobytes() < without_ledgers);
  pid_t daemon = fork();
  int status;
  if (daemon == 0) _exit(mlockall(MCL_CURRENT) != 0 || locked_kilobytes() >= without_ledgers);
  CHECK(daemon > 0 && waitpid(daemon, &status, 0) == daemon && status == 0);
  CHECK(munlockall() == 0 && locked_kilobytes() == 0);
}
