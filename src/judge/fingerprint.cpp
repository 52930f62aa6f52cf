#include "src/judge/fingerprint.h"

#include <algorithm>
#include <cctype>
#include <span>
#include <string_view>

#include "src/judge/test_frames.h"
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

bool in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$'; }

// One reading of a demangled name, from left to right. What compilers, their debug information and their symbols' names
// agree on is the scopes and the function's own name; they differ in all else: the result's type is there for templates
// only, parameters are missing where there is no linkage name, and each has its own word for a lambda.
class NameReader {
 public:
  explicit NameReader(std::string_view name) : name_(name) {}

  std::string stable() {
    while (at_ < name_.size()) step();
    return out_;
  }

 private:
  static constexpr std::string_view lambda_ = "(lambda)", anonymous_ = "(anonymous namespace)";

  bool next_is(std::string_view word) const { return name_.substr(at_).starts_with(word); }
  bool begins_scope() const { return out_.empty() || out_.ends_with("::"); }

  // Past the bracket that stands here and all that it holds.
  void skip(char open, char close) {
    int depth = 0;
    do {
      if (name_[at_] == open) ++depth;
      if (name_[at_] == close && !(close == '>' && name_[at_ - 1] == '-')) --depth;
      ++at_;
    } while (depth > 0 && at_ < name_.size());
  }

  void keep(size_t count) {
    out_ += name_.substr(at_, count);
    at_ += count;
  }

  // "operator<<", "operator()", "operator[]", "operator new", "operator int": up to its parameters or arguments.
  void operator_name() {
    keep(std::string_view("operator").size());
    for (std::string_view brackets : {"()", "[]", "<=>", "<<=", ">>=", "->*", "<<", ">>", "->", "<=", ">=", "<", ">"})
      if (next_is(brackets)) return keep(brackets.size());
    while (at_ < name_.size() && name_[at_] != '(' && name_[at_] != '<' && name_[at_] != '[') keep(1);
    if (next_is("[]")) keep(2);  // operator new[]
  }

  bool lambda() {
    const bool digits =
        next_is("$_") && at_ + 2 < name_.size() && std::isdigit(static_cast<unsigned char>(name_[at_ + 2]));
    if (!begins_scope() ||
        !(digits || next_is("{lambda") || next_is("<lambda") || next_is("{unnamed") || next_is(lambda_)))
      return false;
    if (digits)
      for (at_ += 2; at_ < name_.size() && std::isdigit(static_cast<unsigned char>(name_[at_]));) ++at_;
    else if (name_[at_] == '{')
      skip('{', '}');
    else if (name_[at_] == '<')
      skip('<', '>');
    else
      at_ += lambda_.size();
    out_ += lambda_;
    return true;
  }

  void step() {
    const char c = name_[at_];
    if (lambda()) return;
    if (next_is("operator") && (at_ == 0 || !in_word(name_[at_ - 1])) &&
        (at_ + 8 >= name_.size() || !in_word(name_[at_ + 8])))
      return operator_name();
    if (c == '<') return skip('<', '>');
    if (next_is("[abi:") || next_is("[clone")) return skip('[', ']');
    if (c == '(') {
      // Go's "(*Server)" and "(anonymous namespace)" are scopes.
      const size_t begin = at_;
      const bool scope = next_is(anonymous_) || begin == 0 || name_[begin - 1] == '.' || name_[begin - 1] == ':';
      skip('(', ')');
      if (scope) out_ += name_.substr(begin, at_ - begin);
      parameters_seen_ = !scope;
      return;
    }
    // Behind parameters: "const", "&", a clone's mark, or the scope that the function is. Before a name: a type.
    if (c == ' ') {
      ++at_;
      for (std::string_view word : {"const", "volatile", "noexcept", "&", "[", "<", "("})
        if (next_is(word) && !next_is(anonymous_) && (parameters_seen_ || word == "<" || word == "(")) {
          if (word.size() > 1) at_ += word.size();
          return;
        }
      if (at_ < name_.size()) out_.clear();
      return;
    }
    if (parameters_seen_ && c != ':') {
      ++at_;
      return;
    }
    parameters_seen_ = false;
    keep(1);
  }

  std::string_view name_;
  size_t at_ = 0;
  std::string out_;
  bool parameters_seen_ = false;
};

}  // namespace

std::string stable_name(const std::string& function) {
  const std::string_view name = without_suffixes(function);
  // "<impl Trait for Type>::method" is Rust's way to name the type: a bracket that begins the name belongs to it.
  if (name.starts_with('<')) return std::string(name);
  return NameReader(name).stable();
}

Fingerprint fingerprint(const std::string& kind, const report::Stack& whole) {
  const std::span site = std::span(whole).first(frames_below_test(whole));
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
