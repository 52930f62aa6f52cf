// Where CPython keeps what is read here, by version: from the interpreter itself where it publishes that (3.13 and
// later), else from the table. Zero: that version has no such field.
#pragma once

#include <stdint.h>

namespace lifeguard::python {

struct Layout {
  uint16_t version;  // 0x030b: 3.11
  // Of the thread state, or of what its field cframe points to.
  uint16_t thread_id, cframe, current_frame, cframe_previous;
  // Of a frame.
  uint16_t previous, code, instruction, owner, is_entry;
  // Of a code object.
  uint16_t file, function, line_table, first_line, instructions;
  // Of a string: where its characters begin if it is ASCII, and if it is not.
  uint16_t ascii, wide;
};

// What differs in kind, not in place.
constexpr bool frames_are_objects(const Layout& layout) { return layout.version < 0x030b; }

inline constexpr Layout layouts[] = {
    {0x0309, 176, 0, 24, 0, 24, 32, 104, 0, 0, 104, 112, 120, 40, 48, 48, 72},
    {0x030a, 176, 0, 24, 0, 24, 32, 96, 0, 0, 104, 112, 120, 40, 48, 48, 72},
    {0x030b, 152, 56, 8, 16, 48, 32, 56, 69, 68, 112, 128, 136, 72, 184, 48, 72},
    {0x030c, 136, 56, 0, 8, 8, 0, 56, 70, 0, 112, 128, 136, 68, 192, 40, 56},
};

}  // namespace lifeguard::python
