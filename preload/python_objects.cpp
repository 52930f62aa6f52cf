#include "preload/python_objects.h"

namespace lifeguard::python {
namespace {

constexpr unsigned type_basic_size = 32, type_flags = 168, text_length = 16;
constexpr uint64_t inline_values = 1 << 2, managed_dictionary = 1 << 4, heap_type = 1 << 9, type_subclass = 1ull << 31;
constexpr unsigned most_attributes = 64;

}  // namespace

Objects::Objects(const Interpreter& interpreter, bool careful)
    : interpreter_(interpreter), places_(places_of(interpreter.layout.version)), careful_(careful) {}

Objects::Attributes Objects::attributes_of(uintptr_t instance) const {
  uintptr_t type = type_of(instance);
  if (!plausible(type)) return {};
  auto flags = at<uint64_t>(type + type_flags);
  if (!(flags & heap_type) || !(flags & managed_dictionary)) return {};
  uintptr_t dictionary = at(instance - 24), values = 0;
  uint16_t version = interpreter_.layout.version;
  if (version == 0x030b) {
    values = at(instance - 32);
  } else if (version == 0x030c) {
    if (dictionary & 1) values = dictionary + 1, dictionary = 0;
  } else if ((flags & inline_values) && !dictionary) {
    values = instance + at(type + type_basic_size);
    if (!at<uint8_t>(values + 3)) return {};  // no longer valid
  }
  if (plausible(values)) return {at(type + places_.cached_keys), values_in(values)};
  if (!plausible(dictionary)) return {};
  return {at(dictionary + 32), values_in(at(dictionary + 40))};
}

uintptr_t Objects::attribute(uintptr_t instance, Slice name) const {
  uintptr_t found = 0;
  each_entry(attributes_of(instance), most_attributes, [&](uintptr_t key, uintptr_t value) {
    char room[32];
    if (!(text(key, room, sizeof room) == name)) return true;
    found = value;
    return false;
  });
  return found;
}

Slice Objects::text(uintptr_t object, char* room, size_t size) const {
  if (careful_) {  // its two ends are there: all of it is
    struct {
      uint64_t length, hash, state;
    } head;
    if (type_of(object) != interpreter_.text_type || !peek(object + text_length, &head, sizeof head)) return {};
    uint64_t length = head.length < longest_name ? head.length : longest_name;
    bool ascii = head.state >> 6 & 1;
    uint8_t end;
    if (!peek(ascii ? object + interpreter_.layout.ascii + length
                    : object + interpreter_.layout.wide + length * (head.state >> 2 & 7),
              &end, 1))
      return {};
  }
  return text_of(interpreter_, object, room, size);
}

Objects::Kind Objects::kind(uintptr_t object) const {
  uintptr_t type = type_of(object);
  if (!plausible(type)) return Kind::none;
  auto flags = at<uint64_t>(type + type_flags);
  if (flags & type_subclass) return Kind::type;
  struct Name {
    const char* text;
    Kind kind;
  };
  static constexpr Name names[] = {{"function", Kind::function},
                                   {"method", Kind::method},
                                   {"functools.partial", Kind::partial},
                                   {"cell", Kind::cell}};
  uintptr_t there = at(type + lifeguard::python::type_name);
  auto is = [&](const char* text) {
    for (size_t i = 0;; ++i) {
      if (at<char>(there + i) != text[i]) return false;
      if (!text[i]) return true;
    }
  };
  for (const Name& one : names)
    if (is(one.text)) return one.kind;
  return flags & heap_type ? Kind::instance : Kind::none;
}

Slice Objects::type_name(uintptr_t type, char* room, size_t size) const {
  if (!(at<uint64_t>(type + type_flags) & heap_type)) return {};
  return text(at(type + places_.cached_keys - 8u), room, size);
}

}  // namespace lifeguard::python
