// Where Python's code comes from, told by the file it was compiled from, or by an extension module's own. Free of any
// runtime: the library's summary and the tools' reports ask it alike.
#pragma once

#include "src/options/slice.h"

namespace lifeguard::symbols {

// Packages that were installed, by pip or by a distribution.
constexpr bool python_installed(Slice file) {
  return contains(file, "/site-packages/") || contains(file, "/dist-packages/");
}

// The standard library: in lib/python3.11/, or in python311.zip, or frozen into the interpreter.
constexpr bool python_standard(Slice file) {
  if (starts_with(file, "<frozen ")) return true;
  if (python_installed(file)) return false;
  for (size_t at = 0; at < file.size; ++at) {
    Slice rest = file.from(at);
    if (starts_with(rest, "/lib64/"))
      rest = rest.from(7);
    else if (starts_with(rest, "/lib/"))
      rest = rest.from(5);
    else
      continue;
    if (!starts_with(rest, "python3")) continue;
    rest = rest.from(7);
    bool dotted = starts_with(rest, ".");
    if (dotted) rest = rest.from(1);
    size_t digits = 0;
    while (digits < rest.size && rest.data[digits] >= '0' && rest.data[digits] <= '9') ++digits;
    rest = rest.from(digits);
    // Builds with other ways of working append a letter: python3.13t
    if (dotted && starts_with(rest, "t/")) rest = rest.from(1);
    if (digits && (dotted ? starts_with(rest, "/") : starts_with(rest, ".zip/"))) return true;
  }
  return false;
}

// What dataclasses and attrs write and compile for a class: nobody's line is in it.
constexpr bool python_generated(Slice function, Slice file) {
  return starts_with(file, "<attrs generated ") ||
         (file == "<string>" && starts_with(function, "__create_fn__.<locals>."));
}

}  // namespace lifeguard::symbols
