// Unix listeners: by path, and by a name that is in no file system.
// hooks: bind listen
// expect: open-at-end listener 1 in leak_path detail unix:*a-socket
// expect: open-at-end listener 1 in leak_abstract detail unix:@lifeguard-case-*
// expect: left-behind path 1 in victim detail *a-socket
#include "internet.h"

SITE static int leak_path(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }
SITE static int leak_abstract(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }

void victim(void) {
  struct sockaddr_un path = {.sun_family = AF_UNIX, .sun_path = "a-socket"}, abstract = {.sun_family = AF_UNIX};
  int length = snprintf(abstract.sun_path + 1, sizeof abstract.sun_path - 1, "lifeguard-case-%d", getpid());
  int a = leak_path(), b = leak_abstract();
  CHECK(bind(a, (struct sockaddr*)&path, sizeof path) == 0 && listen(a, 8) == 0);
  CHECK(bind(b, (struct sockaddr*)&abstract,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)) == 0);
  CHECK(listen(b, 8) == 0);
}
