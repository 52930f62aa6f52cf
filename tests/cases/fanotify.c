// A fanotify group.
// hooks: fanotify_init
// needs: root
// expect: open-at-end event 1 in leak_group detail *fanotify*
#include <sys/fanotify.h>

#include "victim.h"

SITE static int leak_group(void) { return fanotify_init(FAN_CLASS_NOTIF, O_RDONLY); }

void victim(void) {
  int fd = leak_group();
  if (fd < 0) skip("no fanotify here");
  CHECK(close(leak_group()) == 0);
}
