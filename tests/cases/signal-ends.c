// An end by a signal that nothing handles: the status is the signal's, the report knows it, and what was live is a
// warning. The closing leaves no trace in what is reported.
// hooks: open
// status: -15
// end: signal
// allow: running thread
// expect: open-at-end file 1 in leak_it detail /etc/passwd severity warning
// expect: open-at-end socket 1 in leak_another severity warning
#include <signal.h>
#include <sys/socket.h>

#include "victim.h"

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int leak_another(void) { return socket(AF_INET, SOCK_DGRAM, 0); }

void victim(void) {
  CHECK(leak_it() > 2 && leak_another() > 2);
  raise(SIGTERM);
}
