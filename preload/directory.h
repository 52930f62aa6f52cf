// Reading a directory with nothing but a system call and a static buffer.
#pragma once

#include <fcntl.h>
#include <stdint.h>

#include "preload/sys.h"
#include "src/options/slice.h"

namespace lifeguard {

// Calls visit(name) for each entry but "." and "..", until it returns false. Nested use needs a buffer each.
template <size_t Size, typename Visit>
bool each_entry(int directory, char (&buffer)[Size], Visit visit) {
  struct Entry {  // as the kernel writes it; the name goes on beyond
    uint64_t inode;
    int64_t next;
    uint16_t size;
    uint8_t type;
    char name[1];
  };
  while (true) {
    long n = sys::getdents64(directory, buffer, sizeof buffer);
    if (n <= 0) return n == 0;
    for (long at = 0; at < n;) {
      auto* entry = reinterpret_cast<Entry*>(buffer + at);
      at += entry->size;
      Slice name(entry->name);
      if (name == "." || name == "..") continue;
      if (!visit(entry->name)) return true;
    }
  }
}

inline int open_directory(int parent, const char* name) {
  return static_cast<int>(sys::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0));
}

inline uint64_t decimal(Slice text) {
  uint64_t n = 0;
  for (char c : text) {
    if (c < '0' || c > '9') break;
    n = n * 10 + static_cast<uint64_t>(c - '0');
  }
  return n;
}

}  // namespace lifeguard
