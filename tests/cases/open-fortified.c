// What open becomes in fortified programs where the flags are not known to the compiler.
// hooks: __open_2 __openat_2 __open64_2 __openat64_2
// flags: -O2 -D_FORTIFY_SOURCE=2
// variant large: -D_FILE_OFFSET_BITS=64
// expect: open-at-end file 1 in leak_open detail /etc/passwd
// expect: open-at-end file 1 in leak_openat detail /etc/passwd
// expect: open-at-end file 1 in leak_open64 detail /etc/passwd
// expect: open-at-end file 1 in leak_openat64 detail /etc/passwd
#include "victim.h"

static volatile int flags = O_RDONLY;

SITE static int leak_open(void) { return open(PLAIN_FILE, flags); }
SITE static int leak_openat(void) { return openat(AT_FDCWD, PLAIN_FILE, flags); }
SITE static int leak_open64(void) { return open64(PLAIN_FILE, flags); }
SITE static int leak_openat64(void) { return openat64(AT_FDCWD, PLAIN_FILE, flags); }

void victim(void) {
  leaked_once(leak_open);
  leaked_once(leak_openat);
  leaked_once(leak_open64);
  leaked_once(leak_openat64);
}
