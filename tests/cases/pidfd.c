// A process seen as a descriptor, and a descriptor taken out of one.
// hooks: pidfd_open pidfd_getfd syscall
// expect: open-at-end event 1 in leak_pidfd detail *pidfd*
// expect: open-at-end file 1 in leak_taken detail */etc/passwd*
// expect: open-at-end file 1 in leak_taken_by_number detail */etc/passwd*
#include <sys/pidfd.h>

#include "victim.h"

static int self, file;

SITE static int leak_pidfd(void) { return pidfd_open(getpid(), 0); }
SITE static int leak_taken(void) { return pidfd_getfd(self, file, 0); }
SITE static int leak_taken_by_number(void) { return (int)syscall(SYS_pidfd_getfd, self, file, 0); }

void victim(void) {
  self = pidfd_open(getpid(), 0);
  if (self < 0) skip("no pidfd here");
  CHECK((file = open(PLAIN_FILE, O_RDONLY)) > 2);
  leaked_once(leak_pidfd);
  leaked_once(leak_taken);
  leaked_once(leak_taken_by_number);
  CHECK(close(self) == 0 && close(file) == 0);
}
