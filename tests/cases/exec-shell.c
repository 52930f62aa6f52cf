// What slips into a command that libc starts: its shell is in the run though no hook could name it.
// hooks: system popen pclose open
// variant popen: -DPOPEN
// expect: open-at-end file 1 in leak_passed detail /etc/passwd processes 1
// expect: passed-on file 1 in leak_passed detail /etc/passwd processes 1
// process: FORM 1 exit status 0
// process: dash 1 exit status 3 parent FORM
#include "again.h"

SITE static int leak_passed(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  CHECK(leak_passed() > 2);
#ifdef POPEN
  char line[20];
  FILE* stream = popen("echo word; exit 3", "r");
  CHECK(stream && fgets(line, sizeof line, stream) && strcmp(line, "word\n") == 0);
  CHECK(pclose(stream) == 3 << 8);
#else
  CHECK(system("echo word; exit 3") == 3 << 8);
#endif
}
