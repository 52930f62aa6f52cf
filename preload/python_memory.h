// How CPython's objects are read: as plain memory, and what is alike in all of them and in all versions.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace lifeguard::python {

template <typename T = uintptr_t>
inline T load(uintptr_t at) {
  T value;
  memcpy(&value, reinterpret_cast<const void*>(at), sizeof value);
  return value;
}

// Objects are at least so aligned; what is not, or is nowhere near memory, is none.
inline bool plausible(uintptr_t pointer) { return pointer >= 4096 && !(pointer & 7) && pointer >> 47 == 0; }

// Reads that cannot fault, for what nothing is known of yet. Where the kernel refuses them, or no system call may be
// made any more, the version's table has to be trusted.
bool peek(uintptr_t from, void* to, size_t size);
inline bool peek_word(uintptr_t from, uintptr_t* to) { return peek(from, to, sizeof *to); }

// One step of a hash.
inline uint64_t mix(uint64_t key, uint64_t value) {
  key = (key ^ value) * 0x9e3779b97f4a7c15u;
  return key ^ key >> 29;
}

inline constexpr unsigned object_type = 8, object_size = 16, bytes_begin = 32, type_name = 24;

}  // namespace lifeguard::python
