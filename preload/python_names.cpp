// Names and lines of Python's code objects: for a site that is seen for the first time, never on a hot path.
#include <string.h>

#include "preload/python.h"
#include "preload/python_memory.h"

namespace lifeguard::python {
namespace {

constexpr unsigned text_length = 16, text_state = 32;

size_t to_utf8(uint32_t c, char* out) {
  if (c >= 0xdc80 && c <= 0xdcff) return *out = static_cast<char>(c & 0xff), 1;  // a byte that was no UTF-8 in its file
  if (c >= 0xd800 && c <= 0xdfff) return *out = '?', 1;
  if (c < 0x80) return *out = static_cast<char>(c), 1;
  size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  for (size_t i = n; i-- > 1; c >>= 6) out[i] = static_cast<char>(0x80 | (c & 0x3f));
  constexpr uint32_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
  return out[0] = static_cast<char>(lead[n] | c), n;
}

struct Table {
  const uint8_t* at;
  const uint8_t* end;
  bool more() const { return at < end; }
  uint8_t byte() { return at < end ? *at++ : uint8_t{0}; }
  uint32_t number() {  // 6 bits a byte, bit 6 says that there is more
    uint32_t value = 0;
    for (unsigned shift = 0; shift < 32; shift += 6) {
      uint8_t b = byte();
      value |= static_cast<uint32_t>(b & 0x3f) << shift;
      if (!(b & 0x40)) break;
    }
    return value;
  }
  int32_t signed_number() {
    uint32_t value = number();
    return value & 1 ? -static_cast<int32_t>(value >> 1) : static_cast<int32_t>(value >> 1);
  }
};

// 3.11 and later: an entry for each piece of code, of a byte with bit 7 set (form in bits 3-6, length in units less one
// in bits 0-2) and what its form adds.
uint32_t line_in_locations(Table& table, int32_t line, uintptr_t unit) {
  uintptr_t end = 0;
  while (table.more()) {
    uint8_t head = table.byte();
    unsigned form = head >> 3 & 15;
    end += (head & 7u) + 1;
    if (form < 10) {
      ++table.at;
    } else if (form < 13) {
      line += static_cast<int32_t>(form - 10);
      table.at += 2;
    } else if (form < 15) {
      line += table.signed_number();
      if (form == 14) table.number(), table.number(), table.number();
    }
    if (unit < end) return form != 15 && line > 0 ? static_cast<uint32_t>(line) : 0;
  }
  return 0;
}

// 3.10: pairs of bytes of code and lines to add; -128: no line. 3.9: the code's bytes come before the step.
uint32_t line_in_pairs(Table& table, int32_t line, uintptr_t offset, bool step_first) {
  uintptr_t at = 0;
  while (table.more()) {
    uint8_t bytes = table.byte();
    auto step = static_cast<int8_t>(table.byte());
    if (step_first) {
      if (step != -128) line += step;
      if (offset >= at && offset < at + bytes) return step == -128 ? 0 : static_cast<uint32_t>(line);
    } else {
      if (at + bytes > offset) break;
      line += step;
    }
    at += bytes;
  }
  return step_first || line < 0 ? 0 : static_cast<uint32_t>(line);
}

}  // namespace

// A string as its state word describes it: bits 2-4 bytes a character, 5 compact, 6 ASCII.
Slice text_of(const Interpreter& interpreter, uintptr_t object, char* room, size_t size) {
  if (object < 4096 || object & 7 || object >> 47 || load<uintptr_t>(object + object_type) != interpreter.text_type)
    return {};
  auto length = load<size_t>(object + text_length);
  auto state = load<uint32_t>(object + text_state);
  unsigned kind = state >> 2 & 7;
  bool compact = state >> 5 & 1, ascii = state >> 6 & 1;
  if (!compact || (kind != 1 && kind != 2 && kind != 4)) return {};
  if (length > longest_name) length = longest_name;
  if (ascii) return {reinterpret_cast<const char*>(object + interpreter.layout.ascii), length};
  uintptr_t at = object + interpreter.layout.wide;
  size_t used = 0;
  for (size_t i = 0; i < length && used + 4 <= size; ++i, at += kind)
    used += to_utf8(kind == 1 ? load<uint8_t>(at) : kind == 2 ? load<uint16_t>(at) : load<uint32_t>(at), room + used);
  return {room, used};
}

Slice function_name(const Interpreter& interpreter, uintptr_t code, char* room, size_t size) {
  return text_of(interpreter, load<uintptr_t>(code + interpreter.layout.function), room, size);
}

Slice file_name(const Interpreter& interpreter, uintptr_t code, char* room, size_t size) {
  return text_of(interpreter, load<uintptr_t>(code + interpreter.layout.file), room, size);
}

Slice line_table(const Interpreter& interpreter, uintptr_t code) {
  auto object = load<uintptr_t>(code + interpreter.layout.line_table);
  auto size = load<size_t>(object + object_size);
  if (size > 1u << 28) return {};
  return {reinterpret_cast<const char*>(object + bytes_begin), size};
}

int32_t first_line(const Interpreter& interpreter, uintptr_t code) {
  return load<int32_t>(code + interpreter.layout.first_line);
}

uint32_t line(const Interpreter& interpreter, uintptr_t code, uintptr_t instruction, size_t* read) {
  const Layout& layout = interpreter.layout;
  int32_t first = first_line(interpreter, code);
  Slice bytes = line_table(interpreter, code);
  *read = 0;
  if (!bytes.data) return 0;
  auto* begin = reinterpret_cast<const uint8_t*>(bytes.data);
  Table table = {begin, begin + bytes.size};
  uint32_t line;
  if (frames_are_objects(layout)) {
    if (static_cast<int32_t>(instruction) < 0) return static_cast<uint32_t>(first);
    line = layout.version == 0x0309 ? line_in_pairs(table, first, instruction, false)
                                    : line_in_pairs(table, first, instruction * 2, true);
  } else {
    uintptr_t offset = instruction - (code + layout.instructions);
    if (static_cast<intptr_t>(offset) < 0) return static_cast<uint32_t>(first);  // not begun yet
    line = line_in_locations(table, first, offset / 2);
  }
  *read = static_cast<size_t>(table.at - begin);
  return line;
}

}  // namespace lifeguard::python
