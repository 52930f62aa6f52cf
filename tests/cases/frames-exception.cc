// A C++ program that throws through functions that opened: balance and unwinding both hold.
// hooks: open close
// expect: open-at-end file 1 in Holder::Holder
#include <stdexcept>

#include "victim.h"

struct Holder {
  int fd;
  SITE Holder() : fd(open(PLAIN_FILE, O_RDONLY)) {}
  SITE ~Holder() { close(fd); }
};

SITE static void throwing() {
  Holder released;
  auto* leaked = new Holder;
  CHECK(released.fd > 2 && leaked->fd > 2);
  throw std::runtime_error("on purpose");
}

extern "C" void victim() {
  try {
    throwing();
  } catch (const std::runtime_error& error) {
    puts(error.what());
  }
}
