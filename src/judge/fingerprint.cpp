#include "src/judge/fingerprint.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "src/symbols/python.h"

namespace lifeguard::judge {
namespace {

constexpr size_t functions_used = 5;

struct Hash {
  uint64_t value = 0xcbf29ce484222325;  // FNV-1a: short, and the same everywhere
  void add(std::string_view bytes) {
    for (char c : bytes) value = (value ^ static_cast<uint8_t>(c)) * 0x100000001b3;
    value = (value ^ 0xff) * 0x100000001b3;  // so that "a", "bc" is not "ab", "c"
  }
};

std::string hex(uint64_t value) {
  std::string digits(16, '0');
  for (size_t i = 16; i-- > 0; value >>= 4) digits[i] = "0123456789abcdef"[value & 15];
  return digits;
}

// "operator<", "operator->", "operator<<" ... are names, not brackets.
size_t operator_length(std::string_view text) {
  static constexpr std::string_view word = "operator";
  if (!text.starts_with(word)) return 0;
  size_t end = word.size();
  while (end < text.size() && std::string_view("<>=-").find(text[end]) != std::string_view::npos) ++end;
  return end;
}

bool digits_only(std::string_view text) { return text.find_first_not_of("0123456789") == std::string_view::npos; }

// ".part.0", ".isra.0", ".constprop.1", ".cold", ".lto_priv.3", ".llvm.1234", and a bare number after one of them.
std::string_view without_suffixes(std::string_view name) {
  static constexpr std::string_view known[] = {"part", "isra", "constprop", "cold", "lto_priv", "llvm", "clone"};
  for (;;) {
    const size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0) return name;
    const std::string_view last = name.substr(dot + 1);
    if (last.empty() || (!digits_only(last) && std::find(std::begin(known), std::end(known), last) == std::end(known)))
      return name;
    name = name.substr(0, dot);
  }
}

}  // namespace

std::string stable_name(const std::string& function) {
  const std::string_view name = without_suffixes(function);
  std::string stable;
  int depth = 0;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool begins_word = i == 0 || !(std::isalnum(static_cast<unsigned char>(name[i - 1])) || name[i - 1] == '_');
    if (const size_t length = begins_word ? operator_length(name.substr(i)) : 0) {
      if (depth == 0) stable += name.substr(i, length);
      i += length - 1;
      continue;
    }
    // "<impl Trait for Type>::method" is Rust's way to name the type: a bracket that begins the name belongs to it.
    const bool part_of_name = stable.empty() && depth == 0 && name[i] == '<';
    if (part_of_name) return std::string(name);
    if (name[i] == '<')
      ++depth;
    else if (name[i] == '>' && depth > 0)
      --depth;
    else if (depth == 0)
      stable += name[i];
  }
  return stable;
}

Fingerprint fingerprint(const std::string& kind, const report::Stack& site) {
  // A stack without own code is named by what there is.
  const bool any_own = std::any_of(site.begin(), site.end(), [](const report::Frame& frame) { return frame.own; });
  auto counts = [any_own](const report::Frame& frame) { return frame.own || !any_own; };

  Fingerprint result;
  Hash hash;
  hash.add(kind);
  size_t used = 0;
  for (const report::Frame& frame : site) {
    if (!counts(frame)) continue;
    if (++used > functions_used) break;
    if (symbols::python(frame) && !frame.function.empty()) {
      hash.add(frame.module + '.' + frame.function);
      continue;
    }
    if (!frame.function.empty()) {
      hash.add(stable_name(frame.function));
      continue;
    }
    result.unstable = true;
    hash.add(frame.build_id.empty() ? frame.module : frame.build_id);
    hash.add(std::to_string(frame.offset));
  }
  result.digits = hex(hash.value);
  return result;
}

}  // namespace lifeguard::judge
