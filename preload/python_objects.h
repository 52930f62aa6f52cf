// What Python's objects hold that this needs: a frame's locals, an instance's attributes, what stands behind what can
// be called. Only of 3.11 to 3.13: before, frames were objects, and locals lay elsewhere.
//
// An object that a frame of the calling thread refers to stays where it is, as the frame does. What another thread may
// change meanwhile (which attributes there are) is read anew each time, never remembered by its address alone.
#pragma once

#include "preload/python.h"
#include "preload/python_memory.h"

namespace lifeguard::python {

class Objects {
 public:
  // careful: by reads that cannot fault, and each costs a system call: for a site that is made, not for one that is
  // known.
  Objects(const Interpreter& interpreter, bool careful);

  bool known() const { return places_.locals != 0; }

  // What stands there, 0 where nothing can.
  template <typename T = uintptr_t>
  T at(uintptr_t place) const {
    T value = {};
    if (careful_) return peek(place, &value, sizeof value) ? value : T{};
    return place >= 4096 && place >> 47 == 0 ? load<T>(place) : value;
  }

  uintptr_t type_of(uintptr_t object) const { return plausible(object) ? at(object + object_type) : 0; }
  uintptr_t local(uintptr_t frame, unsigned index) const { return at(frame + places_.locals + index * 8); }
  uintptr_t attribute(uintptr_t instance, Slice name) const;
  Slice text(uintptr_t object, char* room, size_t size) const;

  enum class Kind { none, type, function, method, partial, cell, instance };
  Kind kind(uintptr_t object) const;
  Slice type_name(uintptr_t type, char* room, size_t size) const;  // qualified
  uintptr_t base_of(uintptr_t type) const { return at(type + 256); }
  uintptr_t code_of_function(uintptr_t function) const { return at(function + 48); }
  // The function of a method or a partial.
  uintptr_t called_by(uintptr_t object) const { return at(object + 16); }
  // What the function has of the scopes around it.
  template <typename Visit>
  void each_captured(uintptr_t function, Visit visit) const {
    uintptr_t tuple = at(function + 72);
    auto count = plausible(tuple) ? at<uint64_t>(tuple + object_size) : 0;
    for (uint64_t i = 0; i < count && i < 8; ++i)
      if (uintptr_t cell = at(tuple + 24 + i * 8); kind(cell) == Kind::cell) visit(at(cell + 16));
  }
  // visit(key, value) for what a class's own dictionary has.
  template <typename Visit>
  void each_of_class(uintptr_t type, Visit visit) const {
    uintptr_t dictionary = at(type + 264);
    if (!plausible(dictionary)) return;
    each_entry({at(dictionary + 32), values_in(at(dictionary + 40))}, 512, [&](uintptr_t key, uintptr_t value) {
      visit(key, value);
      return true;
    });
  }

 private:
  // What differs between the versions.
  struct Places {
    uint16_t locals, cached_keys, values_begin;
  };
  // Where an object's attributes are: values in the order of keys, or null with values kept in the keys themselves.
  struct Attributes {
    uintptr_t keys = 0, values = 0;
  };
  static constexpr Places places_of(uint16_t version) {
    if (version < 0x030b || version > 0x030d) return {};
    return {72, static_cast<uint16_t>(version == 0x030b ? 872 : 880), static_cast<uint16_t>(version == 0x030d ? 8 : 0)};
  }

  uintptr_t values_in(uintptr_t place) const { return plausible(place) ? place + places_.values_begin : 0; }
  Attributes attributes_of(uintptr_t instance) const;

  template <typename Visit>
  void each_entry(const Attributes& from, unsigned most, Visit visit) const {
    if (!plausible(from.keys)) return;
    auto used = at<uint64_t>(from.keys + 24);
    uintptr_t entries = from.keys + 32 + (uintptr_t{1} << (at<uint8_t>(from.keys + 9) & 31));
    bool with_hash = at<uint8_t>(from.keys + 10) == 0;
    for (uint64_t i = 0; i < used && i < most; ++i) {
      uintptr_t entry = entries + i * (with_hash ? 24 : 16) + (with_hash ? 8 : 0);
      if (!visit(at(entry), from.values ? at(from.values + i * 8) : at(entry + 8))) return;
    }
  }

  const Interpreter& interpreter_;
  Places places_;
  bool careful_;
};

}  // namespace lifeguard::python
