// A log connection that is still open at the end is libc's, and never an error.
// hooks: open close
// allow: unseen
// expect-nothing
#include <syslog.h>

#include "victim.h"

void victim(void) {
  CHECK(close(open(PLAIN_FILE, O_RDONLY)) == 0);
  openlog("lifeguard-case", LOG_NDELAY, LOG_USER);
  syslog(LOG_DEBUG, "a message");
}
