// A function that was inlined into its caller is named all the same.
// hooks: open
// expect: open-at-end file 1 in dissolved stack dissolved,around,victim
#include "victim.h"

static inline __attribute__((always_inline)) int dissolved(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static int around(void) { return dissolved(); }

void victim(void) { CHECK(around() > 2); }
