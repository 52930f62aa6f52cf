// Opened by a handler that exit runs, and by another that closes in time.
// Between a library's handlers and exit stands a piece of the C runtime that says nothing of its frames.
// lost: cut_stacks
// hooks: open close
// expect: open-at-end file 1 in leaking_handler
#include "victim.h"

static int given_back;

SITE static void leaking_handler(void) { CHECK(open(PLAIN_FILE, O_RDONLY) > 2); }
SITE static void closing_handler(void) { CHECK(close(given_back) == 0); }

void victim(void) {
  CHECK((given_back = open(PLAIN_FILE, O_RDONLY)) > 2);
  CHECK(atexit(leaking_handler) == 0 && atexit(closing_handler) == 0);
}
