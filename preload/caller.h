// Who called a hook: the place in the program from which a stack is walked. Taken in the hook itself by a default
// argument, so that no frame of the library is ever part of a stack.
#pragma once

#include <stdint.h>

namespace lifeguard {

struct Caller {
  uintptr_t pc;     // return address into the program
  uintptr_t stack;  // the caller's stack pointer once the hook has returned
  uintptr_t frame;  // the caller's rbp

  [[gnu::always_inline]] static Caller here() {
    auto* frame = static_cast<uintptr_t*>(__builtin_frame_address(0));
    return {frame[1], reinterpret_cast<uintptr_t>(frame + 2), frame[0]};
  }
};

}  // namespace lifeguard
