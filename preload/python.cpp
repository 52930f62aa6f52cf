#include "preload/python.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>

#include "preload/ledger.h"
#include "preload/python_memory.h"
#include "preload/state.h"
#include "preload/sys.h"

namespace lifeguard::python {

constinit Interpreter interpreters[most_interpreters] = {};
constinit uint32_t known = 0;

namespace {

constexpr unsigned type_name_room = 8;

// A frame's owner from here on: no Python code is behind it, it stands for a native call of the interpreter.
constexpr uint8_t owned_by_native_stack = 3;

inline uintptr_t first_frame(const Layout& layout, uintptr_t thread, uintptr_t* cframe) {
  *cframe = layout.cframe ? load(thread + layout.cframe) : thread;
  return plausible(*cframe) ? load(*cframe + layout.current_frame) : 0;
}

inline uintptr_t instruction_of(const Layout& layout, uintptr_t frame) {
  if (frames_are_objects(layout)) return load<uint32_t>(frame + layout.instruction);
  return load(frame + layout.instruction);
}

inline uintptr_t code_of(const Layout& layout, uintptr_t frame) {
  return load(frame + layout.code) & ~uintptr_t{7};  // 3.14 keeps notes in the low bits
}

// Whether the thread may be looked at at all.
inline uintptr_t thread_of(const Interpreter& interpreter) {
  auto thread = reinterpret_cast<uintptr_t>(interpreter.thread_state());
  if (!plausible(thread) || (interpreter.finalizing && interpreter.finalizing())) return 0;
  // Another thread may have taken this one's state away (PyThreadState_Delete) and left its address behind.
  uintptr_t self;
  asm("mov %%fs:0, %0" : "=r"(self));
  return interpreter.layout.thread_id && load(thread + interpreter.layout.thread_id) != self ? 0 : thread;
}

}  // namespace

namespace {

bool all_built_in(const iovec* there, unsigned places) {
  auto in_one = [&](const Interpreter& interpreter) {
    for (unsigned i = 0; i < places; ++i)
      if (!built_in(interpreter, reinterpret_cast<uintptr_t>(there[i].iov_base), there[i].iov_len)) return false;
    return true;
  };
  uint32_t count = __atomic_load_n(&known, __ATOMIC_ACQUIRE);
  for (uint32_t i = 0; i < count; ++i)
    if (in_one(interpreters[i])) return true;
  return false;
}

// What becomes of a read that cannot be made safely, since the kernel refuses it or no system call may be made any
// more.
enum class Unsafe { trust, give_up };

// Several places at once, which follow each other in `to`.
bool peek_all(const iovec* there, unsigned places, void* to, Unsafe unsafe = Unsafe::trust) {
  size_t size = 0;
  for (unsigned i = 0; i < places; ++i) {
    auto from = reinterpret_cast<uintptr_t>(there[i].iov_base);
    if (from < 4096 || from >> 47) return false;
    size += there[i].iov_len;
  }
  const bool mapped = all_built_in(there, places);
  if (!image.sealed && !mapped) {
    sys::Reading reading = sys::read_memory(process.pid, there, places, to, size);
    if (reading != sys::Reading::refused) return reading == sys::Reading::done;
  }
  if (!mapped && unsafe == Unsafe::give_up) return false;
  auto* out = static_cast<char*>(to);
  for (unsigned i = 0; i < places; out += there[i++].iov_len) memcpy(out, there[i].iov_base, there[i].iov_len);
  return true;
}

}  // namespace

bool peek(uintptr_t from, void* to, size_t size) {
  iovec there = {reinterpret_cast<void*>(from), size};
  return peek_all(&there, 1, to);
}

namespace {

// Whether a type goes by that name. One that was seen before is known by its address.
bool is_named(uintptr_t type, const char* name, uintptr_t* seen) {
  if (type == *seen) return true;
  uintptr_t text;
  char words[type_name_room];
  size_t size = strlen(name) + 1;
  *seen = type;
  return plausible(type) && peek_word(type + type_name, &text) && peek(text, words, size) &&
         memcmp(words, name, size) == 0;
}

// size: of the object that holds the instructions, as it says itself.
bool instruction_in(const Layout& layout, uintptr_t code, uintptr_t instruction, uintptr_t size) {
  if (size >= 1u << 28) return false;
  if (frames_are_objects(layout)) return instruction < size || static_cast<int32_t>(instruction) < 0;
  uintptr_t begin = code + layout.instructions;
  return instruction + 2 >= begin && instruction <= begin + size * 2;
}

// Frames lie close to each other, an outer one mostly below the one it calls: one read takes in several.
struct Window {
  uintptr_t begin = 0;
  uint8_t bytes[1024];

  bool read(uintptr_t frame, void* to, size_t size) {
    bool inside = begin && frame >= begin && frame + size <= begin + sizeof bytes;
    if (!inside) {
      begin = frame + size - sizeof bytes;
      iovec all = {reinterpret_cast<void*>(begin), sizeof bytes};
      if (!peek_all(&all, 1, bytes, Unsafe::give_up)) {  // nothing may be mapped below it
        begin = 0;
        return peek(frame, to, size);
      }
    }
    memcpy(to, bytes + (frame - begin), size);
    return true;
  }
};

enum class Check { good, none, wrong };

// The first frames that there are, followed by safe reads, with everything that will be relied on looked at.
Check check_frames(Interpreter* interpreter, uintptr_t thread) {
  const Layout& layout = interpreter->layout;
  uintptr_t at = thread, frame = 0, code_type = 0, text_type = 0, bytes_type = 0;
  if (layout.cframe && !peek_word(thread + layout.cframe, &at)) return Check::wrong;
  if (!peek_word(at + layout.current_frame, &frame)) return Check::wrong;
  if (!frame) return Check::none;
  Window frames;
  unsigned good = 0;
  for (unsigned i = 0; frame && i < 3; ++i) {
    uint8_t bytes[112];
    // No further than a frame reaches: nothing may be mapped behind it.
    if (!plausible(frame) || !frames.read(frame, bytes, frames_are_objects(layout) ? sizeof bytes : 72))
      return Check::wrong;
    auto in_copy = reinterpret_cast<uintptr_t>(bytes);
    bool native = layout.owner && bytes[layout.owner] >= owned_by_native_stack;
    if (!native) {
      uint8_t code_bytes[144];  // as far as anything that is looked at here
      auto copy = reinterpret_cast<uintptr_t>(code_bytes);
      uintptr_t code = code_of(layout, in_copy), size, types[3];
      if (!plausible(code) || !peek(code, code_bytes, sizeof code_bytes) ||
          !is_named(load(copy + object_type), "code", &code_type))
        return Check::wrong;
      const uintptr_t told[] = {load(copy + layout.file), load(copy + layout.function), load(copy + layout.line_table)};
      iovec objects[3];
      for (unsigned k = 0; k < 3; ++k) {
        if (!plausible(told[k])) return Check::wrong;
        objects[k] = {reinterpret_cast<void*>(told[k] + object_type), sizeof *types};
      }
      if (!peek_all(objects, 3, types) || !is_named(types[0], "str", &text_type) ||
          !is_named(types[1], "str", &text_type) || !is_named(types[2], "bytes", &bytes_type))
        return Check::wrong;
      if (!frames_are_objects(layout))
        size = load(copy + object_size);
      else if (!peek_word(load(copy + layout.instructions) + object_size, &size))
        return Check::wrong;
      if (!instruction_in(layout, code, instruction_of(layout, in_copy), size)) return Check::wrong;
      ++good;
    }
    frame = load(in_copy + layout.previous);
  }
  if (!good) return Check::none;
  interpreter->code_type = code_type;
  interpreter->text_type = text_type;
  return Check::good;
}

[[gnu::noinline, gnu::cold]] bool check(Interpreter* interpreter, uintptr_t thread) {
  Check result = check_frames(interpreter, thread);
  if (result == Check::none) return false;
  __atomic_store_n(&interpreter->state, result == Check::good ? Interpreter::good : Interpreter::unusable,
                   __ATOMIC_RELEASE);
  return result == Check::good;
}

inline bool usable(Interpreter* interpreter, uintptr_t thread) {
  uint32_t state = __atomic_load_n(&interpreter->state, __ATOMIC_ACQUIRE);
  if (__builtin_expect(state == Interpreter::good, 1)) return true;
  return state == Interpreter::unchecked && check(interpreter, thread);
}

// Python's frames from the innermost outwards; native is where the native call stands that runs them, once it is known
// to end there. visit returns false to stop. True: the outermost was reached.
template <typename Visit>
inline bool each_frame(const Layout& layout, uintptr_t thread, unsigned depth, Visit visit) {
  uintptr_t cframe;
  uintptr_t frame = first_frame(layout, thread, &cframe);
  for (unsigned steps = depth * 3; frame; --steps) {
    if (!plausible(frame) || !steps) return false;
    uintptr_t next = load(frame + layout.previous);
    if (!(layout.owner && load<uint8_t>(frame + layout.owner) >= owned_by_native_stack) && !visit(frame, cframe, next))
      return false;
    frame = next;
  }
  return true;
}

// Loads alone stand between one frame and the next: this is what every hooked call pays.
template <bool objects>
inline uint64_t chain_key(const Layout& layout, uintptr_t frame, unsigned depth) {
  uint64_t key = 0;
  for (unsigned steps = depth * 3; frame && depth && steps; --steps) {
    uintptr_t next = load(frame + layout.previous);
    if (objects || !layout.owner || load<uint8_t>(frame + layout.owner) < owned_by_native_stack) {
      uintptr_t code = code_of(layout, frame);
      constexpr uintptr_t implausible = ~((uintptr_t{1} << 47) - 1) | 7;
      if (((frame | code) & implausible) || !code) break;
      // An instruction's address tells its code object; where those are numbers, both are needed. A code object may be
      // freed and another lie in its place: how its table of lines begins tells them apart.
      uint64_t place = objects ? code ^ instruction_of(layout, frame) << 48 : load(frame + layout.instruction);
      uint64_t lines = load(load(code + layout.line_table) + bytes_begin);
      key = (key ^ place) * 0x9e3779b97f4a7c15u + lines * 0xd6e8feb86659fd93u;
      key ^= key >> 29;
      --depth;
    }
    frame = next;
  }
  return key;
}

}  // namespace

[[gnu::hot]] uint64_t key(unsigned depth) {
  uint32_t count = __atomic_load_n(&known, __ATOMIC_ACQUIRE);
  for (uint32_t i = 0; i < count; ++i) {
    Interpreter& interpreter = interpreters[i];
    uintptr_t thread = thread_of(interpreter);
    if (!thread || !usable(&interpreter, thread)) continue;
    const Layout& layout = interpreter.layout;
    uintptr_t cframe, frame = first_frame(layout, thread, &cframe);
    uint64_t key = __builtin_expect(frames_are_objects(layout), 0) ? chain_key<true>(layout, frame, depth)
                                                                   : chain_key<false>(layout, frame, depth);
    if (key) return key | 1;
  }
  return 0;
}

void read(unsigned depth, Frames* frames) {
  frames->interpreter = nullptr;
  frames->count = 0;
  frames->cut = frames->wrong = false;
  uint32_t count = __atomic_load_n(&known, __ATOMIC_ACQUIRE);
  for (uint32_t i = 0; i < count && !frames->interpreter; ++i) {
    Interpreter& interpreter = interpreters[i];
    uintptr_t thread = thread_of(interpreter);
    if (!thread) continue;
    if (!usable(&interpreter, thread)) {
      frames->wrong = interpreter.state == Interpreter::unusable;
      continue;
    }
    const Layout& layout = interpreter.layout;
    bool whole = each_frame(layout, thread, depth, [&](uintptr_t frame, uintptr_t& cframe, uintptr_t next) {
      if (frames->count == depth) return false;
      uintptr_t code = code_of(layout, frame), instruction = instruction_of(layout, frame);
      if (!plausible(code) || load(code + object_type) != interpreter.code_type ||
          !instruction_in(layout, code, instruction,
                          load((frames_are_objects(layout) ? load(code + layout.instructions) : code) + object_size))) {
        frames->wrong = true;
        return false;
      }
      uintptr_t mark = 0;
      if (frames_are_objects(layout)) {
        mark = 1;
      } else if (layout.is_entry) {
        if (load<uint8_t>(frame + layout.is_entry)) {
          mark = cframe;
          uintptr_t outer = load(cframe + layout.cframe_previous);
          cframe = plausible(outer) ? outer : cframe;
        }
      } else if (!next || (plausible(next) && load<uint8_t>(next + layout.owner) >= owned_by_native_stack)) {
        mark = next ? next : 1;
      }
      frames->frame[frames->count] = frame;
      frames->code[frames->count] = code;
      frames->instruction[frames->count] = instruction;
      frames->mark[frames->count++] = mark;
      return true;
    });
    frames->cut = !whole;
    if (frames->count) frames->interpreter = &interpreter;
  }
}

}  // namespace lifeguard::python
