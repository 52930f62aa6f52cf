// A class template and an inline function, so that stacks have frames of templates and of inlined code.
#pragma once
#include <fcntl.h>
#include <unistd.h>

int open_in_library(const char* path);

template <typename Name>
struct Reader {
  [[gnu::noinline]] int open_it(Name name) {
    int fd = ::open(name, O_RDONLY | O_CLOEXEC);  // LEAK class_template open-at-end file
    __asm__ volatile("");                         // no last call, which would take this function's place on the stack
    return fd;
  }
};

inline int open_inlined(const char* path) {
  return ::open(path, O_RDONLY | O_CLOEXEC);  // LEAK inlined open-at-end file
}
