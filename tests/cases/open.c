// The plain ways to open a file, with their 64-bit twins and libc's other names for them.
// hooks: open open64 openat openat64 creat creat64 __open __open64 close
// expect: open-at-end file 1 in leak_open detail /etc/passwd stack leak_open,leaked_once,victim
// expect: open-at-end file 1 in leak_open64 detail /etc/passwd
// expect: open-at-end file 1 in leak_openat detail /etc/passwd
// expect: open-at-end file 1 in leak_openat64 detail /etc/passwd
// expect: open-at-end file 1 in leak_creat detail *made-by-creat
// expect: open-at-end file 1 in leak_creat64 detail *made-by-creat64
// expect: open-at-end file 1 in leak_other_open detail /etc/passwd
// expect: open-at-end file 1 in leak_other_open64 detail /etc/passwd
// expect: open-at-end file 1 in leak_with_mode detail *made-by-open
#include <sys/stat.h>

#include "victim.h"

int other_open(const char* path, int flags, ...) __asm__("__open");
int other_open64(const char* path, int flags, ...) __asm__("__open64");

SITE static int leak_open(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int leak_open64(void) { return open64(PLAIN_FILE, O_RDONLY); }
SITE static int leak_openat(void) { return openat(AT_FDCWD, PLAIN_FILE, O_RDONLY); }
SITE static int leak_openat64(void) { return openat64(AT_FDCWD, PLAIN_FILE, O_RDONLY); }
SITE static int leak_creat(void) { return creat("made-by-creat", 0600); }
SITE static int leak_creat64(void) { return creat64("made-by-creat64", 0600); }
SITE static int leak_other_open(void) { return other_open(PLAIN_FILE, O_RDONLY); }
SITE static int leak_other_open64(void) { return other_open64(PLAIN_FILE, O_RDONLY); }
SITE static int leak_with_mode(void) { return open("made-by-open", O_RDWR | O_CREAT, 0640); }

void victim(void) {
  leaked_once(leak_open);
  leaked_once(leak_open64);
  leaked_once(leak_openat);
  leaked_once(leak_openat64);
  leaked_once(leak_creat);
  leaked_once(leak_creat64);
  leaked_once(leak_other_open);
  leaked_once(leak_other_open64);
  leaked_once(leak_with_mode);
  struct stat made;
  CHECK(stat("made-by-open", &made) == 0 && (made.st_mode & 0777) == 0640);
  CHECK(stat("made-by-creat", &made) == 0 && (made.st_mode & 0777) == 0600);
}
