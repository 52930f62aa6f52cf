// Text put together in a fixed place, cut where it is full. What a process says must not need memory.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "src/options/slice.h"

namespace lifeguard {

template <size_t Size>
struct Line {
  size_t used = 0;  // before the text, most of which is never touched
  char text[Size];

  constexpr Line() {
    if (__builtin_is_constant_evaluated())
      for (char& c : text) c = 0;
  }

  Line& operator<<(Slice piece) {
    for (char c : piece)
      if (used + 1 < Size) text[used++] = c;
    text[used] = 0;
    return *this;
  }
  Line& operator<<(uint64_t number) {
    char digits[20];
    size_t n = 0;
    do digits[n++] = static_cast<char>('0' + number % 10);
    while (number /= 10);
    while (n--) *this << Slice(&digits[n], 1);
    return *this;
  }
  Line& hex(uint64_t number) {
    *this << "0x";
    bool begun = false;
    for (int shift = 60; shift >= 0; shift -= 4) {
      unsigned digit = number >> shift & 15;
      begun = begun || digit || shift == 0;
      if (begun) *this << Slice("0123456789abcdef" + digit, 1);
    }
    return *this;
  }
  Line& padded(uint64_t number, unsigned width) {
    uint64_t bound = 1;
    for (unsigned i = 1; i < width; ++i) {
      bound *= 10;
      if (number < bound) *this << "0";
    }
    return *this << number;
  }
  // A string from outside: control characters cannot reach a terminal.
  Line& shown(Slice piece) {
    for (char c : piece) {
      auto byte = static_cast<unsigned char>(c);
      if (byte < 0x20 || byte == 0x7f) {
        *this << "\\x" << Slice("0123456789abcdef" + (byte >> 4), 1) << Slice("0123456789abcdef" + (byte & 15), 1);
      } else {
        *this << Slice(&c, 1);
      }
    }
    return *this;
  }
  void clear() { used = 0, text[0] = 0; }
  Slice slice() const { return {text, used}; }
  const char* c_str() const { return text; }
};

}  // namespace lifeguard
