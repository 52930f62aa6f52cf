// The descriptors of the mount interface.
// hooks: fsopen fspick fsmount open_tree
// needs: root
// expect: open-at-end event 1 in leak_context
// expect: open-at-end event 1 in leak_picked
// expect: open-at-end directory 1 in leak_mount
// expect: open-at-end directory 1 in leak_tree
#include <sys/mount.h>

#include "victim.h"

static int context;

SITE static int leak_context(void) { return fsopen("tmpfs", FSOPEN_CLOEXEC); }
SITE static int leak_picked(void) { return fspick(AT_FDCWD, "/dev/shm", 0); }
SITE static int leak_mount(void) { return fsmount(context, 0, 0); }
SITE static int leak_tree(void) { return open_tree(AT_FDCWD, "/dev/shm", 0); }

void victim(void) {
  context = leak_context();
  if (context < 0 || fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0) skip("no mount interface here");
  CHECK(close(leak_context()) == 0);
  CHECK(leak_mount() > 2);
  leaked_once(leak_picked);
  leaked_once(leak_tree);
}
