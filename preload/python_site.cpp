// A site's frames where Python runs: native ones and Python's own merged in their order.
#include <string.h>

#include "preload/ledger.h"
#include "preload/python.h"
#include "preload/python_memory.h"

namespace lifeguard::python {

uint64_t frame_for(Slice function, Slice file, uint32_t line) {
  ledger::PythonCode names = {book::shared_text(function), book::shared_text(file)};
  ledger::Text record = book::shared_text({reinterpret_cast<const char*>(&names), sizeof names});
  return names.function.length && record.length ? ledger::make_python_frame(record.offset, line) : 0;
}

namespace {

constexpr size_t room_for_names = 512;

// Four words at a time, each on its own way: a table of lines may have some hundred bytes.
uint64_t mix_bytes(uint64_t key, Slice bytes) {
  const char* at = bytes.data;
  size_t left = bytes.size;
  uint64_t word[4];
  if (left >= 2 * sizeof word) {
    uint64_t lane[4] = {key, ~key, left, 0};
    for (; left >= sizeof word; left -= sizeof word, at += sizeof word) {
      __builtin_memcpy(word, at, sizeof word);
      for (unsigned i = 0; i < 4; ++i) lane[i] = (lane[i] << 27 | lane[i] >> 37) * 0x9e3779b97f4a7c15u ^ word[i];
    }
    for (uint64_t one : lane) key = mix(key, one);
  }
  for (; left >= sizeof *word; left -= sizeof *word, at += sizeof *word) {
    __builtin_memcpy(word, at, sizeof *word);
    key = mix(key, *word);
  }
  uint64_t last = bytes.size;
  for (; left; --left) last = last << 8 | static_cast<uint8_t>(*at++);
  return mix(key, last);
}

// Frames that were entered, by all that they were made of: a module's frame stands in each stack of what it does, and
// its names and lines take long to enter. Code objects come and go, but for those that are built into the
// interpreter: an address alone does not tell them apart.
struct Entered {
  uint64_t check;  // the key, how much of the lines is in it, and all that crossed with the frame: a signal handler may
                   // write the two words while they are read
  uint64_t frame;
};
[[WIPED, gnu::aligned(2048)]] struct {
  uint64_t asked;  // written before the rest is read: what was never written would be mapped twice over
  Entered at[127];
} entered;
constexpr uint64_t most_lines = 0xffff;

// A code object's names into the ledger; 0 where they found no place.
[[gnu::noinline]] uint64_t frame_of(const Interpreter& interpreter, uintptr_t code, uintptr_t instruction) {
  uint64_t key = mix(mix(code, instruction), image.epoch);
  entered.asked = 1;
  Entered& place = entered.at[key % (sizeof entered.at / sizeof *entered.at)];
  uint64_t check = __atomic_load_n(&place.check, __ATOMIC_RELAXED);
  uint64_t frame = __atomic_load_n(&place.frame, __ATOMIC_RELAXED);
  const bool lasts = built_in(interpreter, code, sizeof code);
  if (lasts && frame && (check ^ frame) == (key & ~most_lines)) return frame;

  char function_room[room_for_names], file_room[room_for_names];
  Slice function = function_name(interpreter, code, function_room, sizeof function_room);
  Slice file = file_name(interpreter, code, file_room, sizeof file_room);
  if (function.empty()) return 0;
  Slice lines = line_table(interpreter, code);
  if (!lasts)
    key = mix_bytes(mix_bytes(mix(key, static_cast<uint32_t>(first_line(interpreter, code))), function), file);
  auto with_lines = [&](size_t read) {
    return lasts ? key & ~most_lines : (mix_bytes(key, lines.first(read)) & ~most_lines) | read;
  };
  size_t read = (check ^ frame) & most_lines;
  if (frame && read <= lines.size && (check ^ frame) == with_lines(read)) return frame;

  frame = frame_for(function, file, line(interpreter, code, instruction, &read));
  if (!frame) return 0;
  if (read <= most_lines) {
    __atomic_store_n(&place.frame, frame, __ATOMIC_RELAXED);
    __atomic_store_n(&place.check, with_lines(read) ^ frame, __ATOMIC_RELAXED);
  }
  return frame;
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
