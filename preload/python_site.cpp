// A site's frames where Python runs: native ones and Python's own merged in their order.
#include <string.h>

#include "preload/ledger.h"
#include "preload/python.h"

namespace lifeguard::python {
namespace {

constexpr size_t room_for_names = 1024;

// A code object's names into the ledger; 0 where they found no place.
[[gnu::noinline]] uint64_t frame_of(const Interpreter& interpreter, uintptr_t code, uintptr_t instruction) {
  char room[room_for_names];
  ledger::PythonCode names;
  names.function = book::shared_text(function_name(interpreter, code, room, sizeof room));
  names.file = book::shared_text(file_name(interpreter, code, room, sizeof room));
  if (!names.function.length) return 0;
  ledger::Text record = book::shared_text({reinterpret_cast<const char*>(&names), sizeof names});
  return record.length ? ledger::make_python_frame(record.offset, line(interpreter, code, instruction)) : 0;
}

struct Merge {
  const stacks::Stack& stack;
  const Frames& frames;
  uint64_t* out;
  unsigned depth;
  unsigned used = 0, next = 0;
  bool lost = false;

  const Interpreter& interpreter() const { return *frames.interpreter; }

  void emit(uint64_t frame) {
    if (used < depth) out[used++] = frame;
  }

  // The Python frames that one native call of the interpreter runs.
  void emit_group() {
    while (next < frames.count) {
      uint64_t frame = frame_of(interpreter(), frames.code[next], frames.instruction[next]);
      lost = lost || !frame;
      if (frame) emit(frame);
      if (frames.mark[next++]) return;
    }
  }

  // Whether the next group's place lies in the stack of native frame i.
  bool runs_next(unsigned i) const {
    unsigned last = next;
    while (last < frames.count && !frames.mark[last]) ++last;
    if (next == frames.count || last == frames.count) return false;
    uintptr_t mark = frames.mark[last];
    uintptr_t pc = stack.pcs[i];
    if (mark == 1) return pc > interpreter().eval && pc <= interpreter().eval_end;
    return stack.ends[i] && mark < stack.ends[i];
  }

  bool stands_for_python(unsigned i) const {
    uintptr_t pc = stack.pcs[i];
    return interpreter().whole_module ? pc > interpreter().begin && pc <= interpreter().end
                                      : pc > interpreter().eval && pc <= interpreter().eval_end;
  }
};

}  // namespace

uint16_t merge(const stacks::Stack& stack, const uint64_t* native, const Frames& frames, unsigned depth, uint64_t* out,
               uint16_t* flags) {
  Merge merge{stack, frames, out, depth};
  for (unsigned i = 0; i < stack.count; ++i) {
    if (merge.runs_next(i))
      merge.emit_group();
    else if (!merge.stands_for_python(i))
      merge.emit(native[i]);
  }
  while (merge.next < frames.count) merge.emit_group();
  // Where the native stack was cut short, what is missing is the interpreter's way into main.
  if (frames.interpreter->whole_module) *flags &= static_cast<uint16_t>(~ledger::site_cut_depth);
  if (frames.cut || merge.used == depth) *flags |= ledger::site_cut_depth;
  if (frames.wrong || merge.lost) book::count_lost(&ledger::Lost::python);
  return static_cast<uint16_t>(merge.used);
}

}  // namespace lifeguard::python
