// A landlock rule set, made through syscall().
// hooks: syscall
// expect: open-at-end event 1 in leak_rules detail *landlock*
#include <linux/landlock.h>

#include "victim.h"

SITE static int leak_rules(void) {
  struct landlock_ruleset_attr what = {.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE};
  return (int)syscall(SYS_landlock_create_ruleset, &what, sizeof what, 0);
}

void victim(void) {
  int fd = leak_rules();
  if (fd < 0) skip("no landlock here");
  CHECK(close(leak_rules()) == 0);
  // Asking for the version makes no descriptor.
  CHECK(syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0);
}
