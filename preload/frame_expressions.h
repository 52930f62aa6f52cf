// DWARF's expressions, as far as .eh_frame uses them.
#pragma once

#include <stdint.h>

namespace lifeguard::frame_tables {

// A DWARF expression over registers that are not known: base + number, where the base is rsp, rbp, or a word read from
// memory at rbp + number. The instruction's address is known, which is what the PLT's expression asks for.
struct Symbolic {
  enum class Base : uint8_t { number, rsp, rbp, word_at_rbp, word_elsewhere } base = Base::number;
  int64_t number = 0;
};

bool evaluate(const uint8_t* expression, uint64_t pc, Symbolic* result);

}  // namespace lifeguard::frame_tables
