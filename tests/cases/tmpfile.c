// Temporary files without a name.
// hooks: tmpfile tmpfile64
// expect: open-at-end file 1 in leak_tmpfile
// expect: open-at-end file 1 in leak_tmpfile64
#include "victim.h"

SITE static FILE* leak_tmpfile(void) { return tmpfile(); }
SITE static FILE* leak_tmpfile64(void) { return tmpfile64(); }

void victim(void) {
  leaked_file_once(leak_tmpfile);
  leaked_file_once(leak_tmpfile64);
}
