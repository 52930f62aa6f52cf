// A pipe to a command.
// hooks: popen pclose _IO_popen
// expect: open-at-end pipe 1 in leak_popen detail *echo*
// expect: open-at-end pipe 1 in leak_other_popen detail *true*
// expect: open-at-end pipe 1 in leak_writer
#include "victim.h"

FILE* other_popen(const char* command, const char* mode) __asm__("_IO_popen");

SITE static FILE* leak_popen(void) { return popen("echo word", "r"); }
SITE static FILE* leak_other_popen(void) { return other_popen("true", "r"); }
SITE static FILE* leak_writer(void) { return popen("cat >/dev/null", "w"); }

void victim(void) {
  char line[20];
  FILE *kept = leak_popen(), *returned = leak_popen();
  CHECK(kept && returned && fgets(line, sizeof line, kept) && strcmp(line, "word\n") == 0);
  CHECK(fgets(line, sizeof line, returned) && pclose(returned) == 0);
  CHECK(leak_other_popen() && pclose(leak_other_popen()) == 0);
  CHECK(leak_writer() && pclose(leak_writer()) == 0);
  CHECK(pclose(popen("exit 3", "r")) == 3 << 8);
}
