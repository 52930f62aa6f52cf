// Called back by libc: its frame stands between the program's own, and is not trimmed.
// hooks: open
// expect: open-at-end file 1 in compare stack compare,~,sorting,victim
#include "victim.h"

static int kept;

SITE static int compare(const void* a, const void* b) {
  if (kept == 0) kept = open(PLAIN_FILE, O_RDONLY);
  return *(const int*)a - *(const int*)b;
}
SITE static void sorting(void) {
  int numbers[2] = {2, 1};
  qsort(numbers, 2, sizeof numbers[0], compare);
  CHECK(numbers[0] == 1);
}

void victim(void) {
  sorting();
  CHECK(kept > 2);
}
