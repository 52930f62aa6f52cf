// With follow=always a program that is given another library to load has that as well as ours; the rest is as given.
// hooks: execve open
// options: follow=always
// end: exec
// process: FORM 1 exec
// process: FORM 2 exit status 0
// expect: open-at-end file 1 in leak_after image 2
// expect: passed-on file 1 in leak_passed
#include <link.h>

#include "again.h"

SITE static int leak_passed(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int leak_after(void) { return open("/etc/group", O_RDONLY); }

static int counts(struct dl_phdr_info* module, size_t size, void* found) {
  (void)size;
  if (strstr(module->dlpi_name, "libutil.so.1")) ++*(int*)found;
  return 0;
}

void victim(void) {
  char* arguments[] = {(char*)"name", (char*)"argument", NULL};
  char* environment[] = {(char*)"STEP=1", (char*)"LD_PRELOAD=libutil.so.1", (char*)"ONLY=this", NULL};
  if (step()) {
    int found = 0;
    print_given();
    dl_iterate_phdr(counts, &found);
    CHECK(found == 1 && strstr(getenv("LD_PRELOAD"), "libutil.so.1"));
    CHECK(leak_after() > 2);
    return;
  }
  CHECK(leak_passed() > 2);
  execve(self, arguments, environment);
  CHECK(!"became another program");
}
