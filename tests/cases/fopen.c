// A FILE is the same resource as its descriptor.
// hooks: fopen fopen64 fdopen fclose _IO_fopen _IO_fdopen _IO_fclose
// expect: open-at-end file 1 in leak_fopen detail /etc/passwd
// expect: open-at-end file 1 in leak_fopen64 detail /etc/passwd
// expect: open-at-end file 1 in leak_other_fopen detail /etc/passwd
// expect: open-at-end file 1 in leak_wrapped detail /etc/passwd
#include "victim.h"

FILE* other_fopen(const char* path, const char* mode) __asm__("_IO_fopen");
FILE* other_fdopen(int fd, const char* mode) __asm__("_IO_fdopen");
int other_fclose(FILE* file) __asm__("_IO_fclose");

SITE static FILE* leak_fopen(void) { return fopen(PLAIN_FILE, "r"); }
SITE static FILE* leak_fopen64(void) { return fopen64(PLAIN_FILE, "re"); }
SITE static FILE* leak_other_fopen(void) { return other_fopen(PLAIN_FILE, "r"); }
SITE static int leak_wrapped(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static FILE* wrap(int fd) { return fdopen(fd, "r"); }

void victim(void) {
  char line[100];
  leaked_file_once(leak_fopen);
  leaked_file_once(leak_fopen64);
  leaked_file_once(leak_other_fopen);
  CHECK(wrap(leak_wrapped()) != NULL);
  FILE* file = wrap(leak_wrapped());
  CHECK(file && fgets(line, sizeof line, file) && fclose(file) == 0);
  CHECK(other_fclose(leak_other_fopen()) == 0);
  CHECK((file = other_fdopen(leak_wrapped(), "r")) && other_fclose(file) == 0);
}
