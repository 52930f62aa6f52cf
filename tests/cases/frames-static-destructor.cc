// Opened by the destructor of a static object, after main.
// Between a library's handlers and exit stands a piece of the C runtime that says nothing of its frames.
// lost: cut_stacks
// hooks: open
// expect: open-at-end file 1 in Last::~Last
#include "victim.h"

struct Last {
  int fd = -1;
  SITE ~Last() {
    fd = open(PLAIN_FILE, O_RDONLY);
    CHECK(fd > 2);
  }
};

extern "C" void victim() {
  static Last last;
  CHECK(last.fd == -1);
}
