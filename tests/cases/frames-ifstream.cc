// A C++ stream is opened by the C++ library: the frames of that stand above the program's own.
// hooks:
// expect: open-at-end file 1 own Reader::start detail /etc/passwd stack Reader::start,Reader::Reader,leak_reader
#include <fstream>

#include "victim.h"

struct Reader {
  std::ifstream stream;
  SITE Reader() { start(); }
  SITE void start() { stream.open(PLAIN_FILE); }
};

SITE static Reader* leak_reader() { return new Reader; }

extern "C" void victim() {
  Reader *kept = leak_reader(), *returned = leak_reader();
  CHECK(kept->stream.is_open() && returned->stream.is_open());
  delete returned;
}
