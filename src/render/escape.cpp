#include "src/render/escape.h"

#include <cstdint>
#include <cstdio>
#include <vector>

namespace lifeguard::render {
namespace {

// Takes one character off the front; what is no UTF-8 is one byte long and has no code.
struct Character {
  uint32_t code = 0;
  size_t size = 1;
  bool valid = false;
};

Character first(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return {};
  uint32_t code = lead & (0x7fu >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3f);
  }
  const bool too_long = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
  if (too_long || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return {};
  return {code, size, true};
}

bool harmless(uint32_t code) {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return false;
  if (code == 0x2028 || code == 0x2029 || code == 0xfeff || code == 0x061c) return false;
  return !(code >= 0x200b && code <= 0x200f) && !(code >= 0x202a && code <= 0x202e) &&
         !(code >= 0x2060 && code <= 0x206f);
}

// Characters that take two columns, roughly: East Asian wide ones and pictures.
bool wide(uint32_t code) {
  return (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) ||
         (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) ||
         (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60) ||
         (code >= 0xffe0 && code <= 0xffe6) || (code >= 0x1f300 && code <= 0x1faff) ||
         (code >= 0x20000 && code <= 0x3fffd);
}

bool combining(uint32_t code) { return code >= 0x300 && code <= 0x36f; }

unsigned columns_of(uint32_t code) { return combining(code) ? 0 : wide(code) ? 2 : 1; }

}  // namespace

std::string visible(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  char escaped[16];
  while (!bytes.empty()) {
    const Character character = first(bytes);
    if (character.valid && harmless(character.code)) {
      text += bytes.substr(0, character.size);
    } else if (character.valid && character.code > 0xff) {
      std::snprintf(escaped, sizeof escaped, "\\u%04x", character.code);
      text += escaped;
    } else if (character.valid && character.code == '\n') {
      text += "\\n";
    } else if (character.valid && character.code == '\t') {
      text += "\\t";
    } else {
      for (char byte : bytes.substr(0, character.size)) {
        std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned>(static_cast<uint8_t>(byte)));
        text += escaped;
      }
    }
    bytes.remove_prefix(character.size);
  }
  return text;
}

unsigned columns(std::string_view text) {
  unsigned count = 0;
  while (!text.empty()) {
    const Character character = first(text);
    count += character.valid ? columns_of(character.code) : 1;
    text.remove_prefix(character.size);
  }
  return count;
}

std::string cut(std::string_view text, unsigned width) {
  if (width == 0 || columns(text) <= width) return std::string(text);
  std::string kept;
  unsigned used = width > 3 ? 3 : 0;
  while (!text.empty()) {
    const Character character = first(text);
    used += columns_of(character.code);
    if (used > width) break;
    kept += text.substr(0, character.size);
    text.remove_prefix(character.size);
  }
  return width > 3 ? kept + "..." : kept;
}

std::string cut_middle(std::string_view text, unsigned width) {
  if (width == 0 || columns(text) <= width) return std::string(text);
  if (width < 12) return cut(text, width);
  const unsigned head = (width - 3) / 3, tail = width - 3 - head;
  std::vector<std::string_view> characters;
  for (std::string_view rest = text; !rest.empty();) {
    const size_t size = first(rest).size;
    characters.push_back(rest.substr(0, size));
    rest.remove_prefix(size);
  }
  std::string front, back;
  unsigned used = 0;
  for (std::string_view character : characters) {
    used += columns(character);
    if (used > head) break;
    front += character;
  }
  used = 0;
  for (auto character = characters.rbegin(); character != characters.rend(); ++character) {
    used += columns(*character);
    if (used > tail) break;
    back.insert(0, *character);
  }
  return front + "..." + back;
}

}  // namespace lifeguard::render
