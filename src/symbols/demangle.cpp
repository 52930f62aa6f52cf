#include "src/symbols/demangle.h"

#include <cxxabi.h>

#include <charconv>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace lifeguard::symbols {
namespace {

constexpr size_t longest = 16384;  // templates can make names that take minutes

// "17h" and 16 hex digits, "E": the hash that ends every name of Rust's older scheme.
bool rust_legacy(std::string_view name) {
  if (!name.starts_with("_ZN") || name.size() < 24) return false;
  const size_t at = name.rfind("17h");
  if (at == std::string_view::npos || name.size() - at < 20 || name[at + 19] != 'E') return false;
  return name.substr(at + 3, 16).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string rust_unescaped(std::string_view text) {
  struct Escape {
    std::string_view from, to;
  };
  static constexpr Escape escapes[] = {{"$LT$", "<"}, {"$GT$", ">"}, {"$RF$", "&"}, {"$BP$", "*"}, {"$LP$", "("},
                                       {"$RP$", ")"}, {"$C$", ","},  {"$SP$", "@"}, {"..", "::"}};
  std::string out;
  if (text.starts_with("_$")) text.remove_prefix(1);
  while (!text.empty()) {
    bool found = false;
    for (const Escape& escape : escapes)
      if (text.starts_with(escape.from)) {
        out += escape.to;
        text.remove_prefix(escape.from.size());
        found = true;
        break;
      }
    if (found) continue;
    unsigned code = 0;
    if (const size_t end = text.find('$', 2);
        text.starts_with("$u") && end != std::string_view::npos &&
        std::from_chars(text.data() + 2, text.data() + end, code, 16).ptr == text.data() + end && code >= ' ' &&
        code < 127) {
      out += static_cast<char>(code);
      text.remove_prefix(end + 1);
      continue;
    }
    out += text[0];
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace

std::string demangle(const std::string& name) {
  if (name.compare(0, 2, "_Z") != 0 || name.size() > longest) return name;
  // GCC's clones keep the name and add ".cold", ".part.0" and the like; the demangler would print them in its own
  // words.
  const size_t dot = rust_legacy(name) ? std::string::npos : name.find('.');
  int status = 0;
  std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(name.substr(0, dot).c_str(), nullptr, nullptr, &status), std::free);
  if (status != 0 || !text) return name;
  std::string plain = text.get();
  if (rust_legacy(name)) {
    if (const size_t hash = plain.rfind("::h"); hash != std::string::npos && plain.size() - hash == 19)
      plain.resize(hash);
    return rust_unescaped(plain);
  }
  return dot == std::string::npos ? plain : plain + name.substr(dot);
}

const char* language_of(const std::string& name) {
  if (rust_legacy(name) || name.compare(0, 2, "_R") == 0) return "rust";
  return name.compare(0, 2, "_Z") == 0 ? "c++" : "";
}

}  // namespace lifeguard::symbols
