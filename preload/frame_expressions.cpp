#include "preload/frame_expressions.h"

#include "preload/frame_tables.h"

namespace lifeguard::frame_tables {

bool evaluate(const uint8_t* expression, uint64_t pc, Symbolic* result) {
  Bytes sized(expression, expression + 16);
  uint64_t size = sized.uleb();
  if (size > 256) return false;
  Bytes bytes(sized.at(), sized.at() + size);
  Symbolic stack[8];
  unsigned depth = 0;
  while (bytes.more()) {
    uint8_t op = bytes.fixed<uint8_t>();
    Symbolic value;
    if (op >= 0x30 && op <= 0x4f) {
      value.number = op - 0x30;
    } else if (op == 0x08) {
      value.number = bytes.fixed<uint8_t>();
    } else if (op == 0x09) {
      value.number = bytes.fixed<int8_t>();
    } else if (op == 0x0a) {
      value.number = bytes.fixed<uint16_t>();
    } else if (op == 0x0b) {
      value.number = bytes.fixed<int16_t>();
    } else if (op >= 0x70 && op <= 0x8f) {
      value.number = bytes.sleb();
      switch (op - 0x70) {
        case rbp_register:
          value.base = Symbolic::Base::rbp;
          break;
        case rsp_register:
          value.base = Symbolic::Base::rsp;
          break;
        case return_register:
          value.number += static_cast<int64_t>(pc);
          break;
        default:
          return false;
      }
    } else if (op == 0x06 && depth) {  // deref
      Symbolic& top = stack[depth - 1];
      if (top.base != Symbolic::Base::rbp) return false;
      top.base = Symbolic::Base::word_at_rbp;
      continue;
    } else if (op == 0x23 && depth) {  // plus_uconst
      if (stack[depth - 1].base == Symbolic::Base::word_at_rbp) return false;
      stack[depth - 1].number += static_cast<int64_t>(bytes.uleb());
      continue;
    } else if (depth >= 2) {
      Symbolic b = stack[--depth], &a = stack[depth - 1];
      if (b.base != Symbolic::Base::number || a.base == Symbolic::Base::word_at_rbp) return false;
      if (op == 0x22) {
        a.number += b.number;
        continue;
      }
      if (op == 0x1c) {
        a.number -= b.number;
        continue;
      }
      if (a.base != Symbolic::Base::number) return false;
      switch (op) {
        case 0x1a:
          a.number &= b.number;
          break;
        case 0x24:
          a.number = static_cast<int64_t>(static_cast<uint64_t>(a.number) << (b.number & 63));
          break;
        case 0x2a:
          a.number = a.number >= b.number;
          break;
        default:
          return false;
      }
      continue;
    } else {
      return false;
    }
    if (depth == 8) return false;
    stack[depth++] = value;
  }
  if (bytes.bad() || depth != 1) return false;
  *result = stack[0];
  return true;
}

}  // namespace lifeguard::frame_tables
