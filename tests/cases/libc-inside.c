// What libc opens for itself and closes again is nobody's leak: names, users, messages, time zones, locales.
// hooks: open close
// allow: unseen
// expect: open-at-end file 1 in leak_it
#include <grp.h>
#include <locale.h>
#include <netdb.h>
#include <pwd.h>
#include <syslog.h>
#include <time.h>

#include "victim.h"

SITE static int leak_it(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  struct addrinfo* found = NULL;
  time_t now = 0;
  CHECK(close(open(PLAIN_FILE, O_RDONLY)) == 0);
  if (getaddrinfo("localhost", "80", NULL, &found) == 0) freeaddrinfo(found);
  CHECK(getpwuid(0) != NULL && getgrgid(0) != NULL);
  openlog("lifeguard-case", LOG_NDELAY, LOG_USER);
  syslog(LOG_DEBUG, "a message");
  closelog();
  setlocale(LC_ALL, "");
  CHECK(localtime(&now) != NULL && leak_it() > 2);
}
