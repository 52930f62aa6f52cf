// The name of a thread that Python is about to start: its Thread object's, out of the frame that starts it. Instances
// keep their attributes by their class's list of names, the values beside the object or in a dictionary of their own.
#include <string.h>

#include "preload/python.h"

namespace lifeguard::python {
namespace {

template <typename T = uintptr_t>
inline T load(uintptr_t at) {
  T value;
  memcpy(&value, reinterpret_cast<const void*>(at), sizeof value);
  return value;
}

inline bool plausible(uintptr_t pointer) { return pointer >= 4096 && !(pointer & 7) && pointer >> 47 == 0; }

constexpr unsigned object_type = 8, type_basic_size = 32, type_flags = 168;
constexpr uint64_t inline_values = 1 << 2, managed_dictionary = 1 << 4, heap_type = 1 << 9;
constexpr unsigned dictionary_keys = 32, dictionary_values = 40;
constexpr unsigned keys_index_bytes = 9, keys_kind = 10, keys_used = 24, keys_begin = 32;

// What differs between the versions that this is known for.
struct Places {
  uint16_t locals, cached_keys, values_begin;
};
bool places(uint16_t version, Places* out) {
  if (version < 0x030b || version > 0x030d) return false;
  *out = {72, static_cast<uint16_t>(version == 0x030b ? 872 : 880), static_cast<uint16_t>(version == 0x030d ? 8 : 0)};
  return true;
}

// Where an object's attributes are: values in the order of keys, or null with values kept in the keys themselves.
struct Attributes {
  uintptr_t keys = 0, values = 0;
};

Attributes attributes_of(const Places& at, uint16_t version, uintptr_t object) {
  uintptr_t type = load(object + object_type);
  auto flags = load<uint64_t>(type + type_flags);
  if (!plausible(type) || !(flags & heap_type) || !(flags & managed_dictionary)) return {};
  uintptr_t dictionary = load(object - 24), values = 0;
  if (version == 0x030b) {
    values = load(object - 32);
  } else if (version == 0x030c) {
    if (dictionary & 1) values = dictionary + 1, dictionary = 0;
  } else if ((flags & inline_values) && !dictionary) {
    values = object + load(type + type_basic_size);
    if (!load<uint8_t>(values + 3)) return {};  // no longer valid
  }
  if (plausible(values)) return {load(type + at.cached_keys), values + at.values_begin};
  if (!plausible(dictionary)) return {};
  values = load(dictionary + dictionary_values);
  return {load(dictionary + dictionary_keys), plausible(values) ? values + at.values_begin : 0};
}

uintptr_t attribute(const Interpreter& interpreter, const Attributes& from, Slice name) {
  if (!plausible(from.keys)) return 0;
  auto used = load<uint64_t>(from.keys + keys_used);
  uintptr_t entries = from.keys + keys_begin + (uintptr_t{1} << (load<uint8_t>(from.keys + keys_index_bytes) & 31));
  bool with_hash = load<uint8_t>(from.keys + keys_kind) == 0;
  for (uint64_t i = 0; i < used && i < 64; ++i) {
    uintptr_t entry = entries + i * (with_hash ? 24 : 16) + (with_hash ? 8 : 0);
    char room[32];
    if (!(text_of(interpreter, load(entry), room, sizeof room) == name)) continue;
    return from.values ? load(from.values + i * 8) : load(entry + 8);
  }
  return 0;
}

}  // namespace

bool name_of_new_thread(char* room, size_t size) {
  if (!any()) return false;
  Frames frames;
  read(1, &frames);
  Places at;
  if (!frames.count || !places(frames.interpreter->layout.version, &at)) return false;
  const Interpreter& interpreter = *frames.interpreter;
  char text[256];
  if (!(function_name(interpreter, frames.code[0], text, sizeof text) == "Thread.start") ||
      !(basename(file_name(interpreter, frames.code[0], text, sizeof text)) == "threading.py"))
    return false;
  uintptr_t thread = load(frames.frame + at.locals);
  if (!plausible(thread)) return false;
  Attributes attributes = attributes_of(at, interpreter.layout.version, thread);
  Slice name = text_of(interpreter, attribute(interpreter, attributes, "_name"), text, sizeof text);
  if (name.size > size - 1) name = name.first(size - 1);
  memcpy(room, name.data, name.size);
  room[name.size] = 0;
  return !name.empty();
}

}  // namespace lifeguard::python
