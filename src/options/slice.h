// A piece of text that somebody else owns, and the few things both programs do with one. Usable without a C++ runtime:
// the preloaded library has no allocation and no libstdc++.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lifeguard {

struct Slice {
  const char* data = nullptr;
  size_t size = 0;

  constexpr Slice() = default;
  constexpr Slice(const char* d, size_t n) : data(d), size(n) {}
  constexpr Slice(const char* text) : data(text) {  // NOLINT: a literal is a slice
    while (text && text[size]) ++size;
  }
  constexpr bool empty() const { return size == 0; }
  constexpr const char* begin() const { return data; }
  constexpr const char* end() const { return data + size; }
  constexpr Slice from(size_t at) const { return at < size ? Slice(data + at, size - at) : Slice(); }
  constexpr Slice first(size_t n) const { return {data, n < size ? n : size}; }
};

constexpr bool operator==(Slice a, Slice b) {
  if (a.size != b.size) return false;
  for (size_t i = 0; i < a.size; ++i)
    if (a.data[i] != b.data[i]) return false;
  return true;
}

constexpr bool starts_with(Slice text, Slice prefix) {
  return text.size >= prefix.size && text.first(prefix.size) == prefix;
}

// Of a string whose end has not been looked for: an environment's entries are long, and few of them are meant.
constexpr bool starts_with(const char* text, Slice prefix) {
  for (size_t i = 0; i < prefix.size; ++i)
    if (text[i] == 0 || text[i] != prefix.data[i]) return false;
  return true;
}

constexpr bool ends_with(Slice text, Slice suffix) {
  return text.size >= suffix.size && text.from(text.size - suffix.size) == suffix;
}

constexpr bool contains(Slice text, Slice part) {
  for (size_t i = 0; i + part.size <= text.size; ++i)
    if (text.from(i).first(part.size) == part || part.empty()) return true;
  return part.empty();
}

constexpr Slice basename(Slice path) {
  size_t after = 0;
  for (size_t i = 0; i < path.size; ++i)
    if (path.data[i] == '/') after = i + 1;
  return path.from(after);
}

// Takes the text up to the first separator off the front of rest, and the separator with it.
constexpr Slice take_until(Slice* rest, char separator) {
  size_t n = 0;
  while (n < rest->size && rest->data[n] != separator) ++n;
  Slice piece = rest->first(n);
  *rest = rest->from(n + 1);
  return piece;
}

// '*' is any run of characters ('/' too), '?' any one; the whole text has to match.
constexpr bool glob_match(Slice pattern, Slice text) {
  size_t p = 0, t = 0, star = SIZE_MAX, mark = 0;
  while (t < text.size) {
    if (p < pattern.size && pattern.data[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size && (pattern.data[p] == '?' || pattern.data[p] == text.data[t])) {
      ++p, ++t;
    } else if (star != SIZE_MAX) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size && pattern.data[p] == '*') ++p;
  return p == pattern.size;
}

// Whether one of the globs in a comma-separated list matches the path, or its last part.
constexpr bool glob_list_match(Slice list, Slice path) {
  while (!list.empty()) {
    Slice glob = take_until(&list, ',');
    if (!glob.empty() && (glob_match(glob, path) || glob_match(glob, basename(path)))) return true;
  }
  return false;
}

// Of some names, the one nearest to what was typed; empty where none is near enough to be meant.
template <typename Names>
constexpr Slice nearest(Slice typed, const Names& names) {
  Slice best;
  unsigned best_distance = 4;
  for (Slice name : names) {
    if (name.size >= 32 || typed.size >= 32) continue;
    unsigned row[33] = {};
    for (unsigned i = 0; i <= name.size; ++i) row[i] = i;
    for (unsigned j = 1; j <= typed.size; ++j) {
      unsigned corner = row[0];
      row[0] = j;
      for (unsigned i = 1; i <= name.size; ++i) {
        unsigned change = corner + (name.data[i - 1] == typed.data[j - 1] ? 0 : 1);
        corner = row[i];
        unsigned shift = (row[i - 1] < row[i] ? row[i - 1] : row[i]) + 1;
        row[i] = change < shift ? change : shift;
      }
    }
    if (row[name.size] < best_distance && row[name.size] < name.size) best = name, best_distance = row[name.size];
  }
  return best;
}

}  // namespace lifeguard
