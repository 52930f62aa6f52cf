// A file opened by its handle, without a name.
// hooks: open_by_handle_at
// needs: root
// expect: open-at-end file 1 in leak_handle
#include "victim.h"

static struct {
  struct file_handle head;
  char bytes[MAX_HANDLE_SZ];
} handle;
static int mount;

SITE static int leak_handle(void) { return open_by_handle_at(mount, &handle.head, O_RDONLY); }

void victim(void) {
  int id;
  handle.head.handle_bytes = MAX_HANDLE_SZ;
  CHECK((mount = creat("named", 0600)) > 2);
  if (name_to_handle_at(AT_FDCWD, "named", &handle.head, &id, 0) != 0) skip("no file handles here");
  int fd = leak_handle();
  if (fd < 0) skip("handles cannot be opened here");
  CHECK(close(leak_handle()) == 0);
  CHECK(close(mount) == 0);
}
