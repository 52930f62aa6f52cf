// A server that locks itself into an empty folder and gives up root goes on being recorded, at new places too.
// hooks: open socket
// needs: root
// expect: open-at-end file 1 in before_it
// expect: open-at-end socket 1 in after_it
// expect: open-at-end directory 1 in inside
#include <sys/socket.h>
#include <sys/stat.h>

#include "victim.h"

SITE static int before_it(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int after_it(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }
SITE static int inside(void) { return open("/", O_RDONLY | O_DIRECTORY); }

void victim(void) {
  CHECK(before_it() > 2 && mkdir("empty", 0755) == 0);
  if (chroot("empty") != 0) skip("chroot is not allowed");
  CHECK(chdir("/") == 0 && setgid(65534) == 0 && setuid(65534) == 0);
  CHECK(after_it() > 2 && inside() > 2);
  CHECK(open(PLAIN_FILE, O_RDONLY) == -1);
}
