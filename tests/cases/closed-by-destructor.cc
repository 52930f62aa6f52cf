// What a static object's destructor closes after main was not left: the look is taken after it.
// Between a library's handlers and exit stands a piece of the C runtime that says nothing of its frames.
// lost: cut_stacks
// hooks: open close
// expect-nothing
#include "victim.h"

struct Held {
  int fd = open(PLAIN_FILE, O_RDONLY);
  ~Held() { CHECK(close(fd) == 0); }
};

extern "C" void victim() {
  static Held held;
  CHECK(held.fd > 2);
}
