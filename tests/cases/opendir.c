// A DIR is the same resource as its descriptor.
// hooks: opendir fdopendir closedir
// expect: open-at-end directory 1 in leak_opendir detail /etc
// expect: open-at-end directory 1 in leak_directory detail /etc
#include <dirent.h>

#include "victim.h"

SITE static DIR* leak_opendir(void) { return opendir("/etc"); }
SITE static int leak_directory(void) { return open("/etc", O_RDONLY | O_DIRECTORY); }
SITE static DIR* wrap(int fd) { return fdopendir(fd); }

void victim(void) {
  DIR *kept = leak_opendir(), *returned = leak_opendir();
  CHECK(kept && returned && readdir(returned) && closedir(returned) == 0);
  CHECK(wrap(leak_directory()) != NULL);
  CHECK(closedir(wrap(leak_directory())) == 0);
  CHECK(opendir("/nowhere/at/all") == NULL && errno == ENOENT);
}
