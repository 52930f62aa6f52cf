// The plugin of unwinder.c.
#include <fcntl.h>
#include <unistd.h>
#include <unwind.h>

#include <stdexcept>

extern "C" int throws_and_catches() {
  int fd = open("/etc/passwd", O_RDONLY);
  try {
    throw std::runtime_error("on purpose");
  } catch (const std::exception&) {
    return close(fd) == 0 ? 42 : 1;
  }
}

extern "C" void* who_raises() { return reinterpret_cast<void*>(&_Unwind_RaiseException); }
