#include "src/judge/pattern.h"

#include <algorithm>

namespace lifeguard::judge {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

int16_t byte(char c) { return static_cast<int16_t>(static_cast<uint8_t>(c)); }

}  // namespace

bool Pattern::read(std::string_view text, std::string* error, size_t* at) {
  parts_.clear();
  const bool from_begin = text.starts_with('^');
  bool to_end = false;
  if (!from_begin) parts_.push_back(any_run);
  for (size_t i = from_begin ? 1 : 0; i < text.size(); ++i) {
    if (text[i] == '*') {
      parts_.push_back(any_run);
    } else if (text[i] == '$' && i + 1 == text.size()) {
      to_end = true;
    } else if (text[i] != '\\') {
      parts_.push_back(byte(text[i]));
    } else if (++i == text.size()) {
      *error = "a backslash stands at the end with nothing to take the meaning off; write \\\\ for one";
      *at = i - 1;
      return false;
    } else if (text[i] == 'n') {
      parts_.push_back('\n');
    } else if (text[i] == 't') {
      parts_.push_back('\t');
    } else if (text[i] == 'x') {
      const int high = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        *error = "\\x takes two hexadecimal digits, as in \\x1b";
        *at = i - 1;
        return false;
      }
      parts_.push_back(static_cast<int16_t>(high * 16 + low));
      i += 2;
    } else {
      parts_.push_back(byte(text[i]));
    }
  }
  if (!to_end) parts_.push_back(any_run);
  return true;
}

bool Pattern::matches_everything() const {
  return std::all_of(parts_.begin(), parts_.end(), [](int16_t part) { return part == any_run; }) && !parts_.empty();
}

bool Pattern::matches(std::string_view text) const {
  size_t part = 0, at = 0, star = parts_.size(), mark = 0;
  while (at < text.size()) {
    if (part < parts_.size() && parts_[part] == any_run) {
      star = part++;
      mark = at;
    } else if (part < parts_.size() && parts_[part] == byte(text[at])) {
      ++part, ++at;
    } else if (star < parts_.size()) {
      part = star + 1;
      at = ++mark;
    } else {
      return false;
    }
  }
  while (part < parts_.size() && parts_[part] == any_run) ++part;
  return part == parts_.size();
}

}  // namespace lifeguard::judge
