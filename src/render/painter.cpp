#include "src/render/painter.h"

#include <sstream>

#include "src/render/escape.h"

namespace lifeguard::render {
namespace {

const char* code(Ink ink) {
  switch (ink) {
    case Ink::plain:
      break;
    case Ink::strong:
      return "\x1b[1m";
    case Ink::dim:
      return "\x1b[2m";
    case Ink::error:
      return "\x1b[1;31m";
    case Ink::warning:
      return "\x1b[1;33m";
    case Ink::note:
      return "\x1b[36m";
    case Ink::good:
      return "\x1b[32m";
  }
  return "";
}

}  // namespace

Ink ink_of(report::Severity severity) {
  if (severity == report::Severity::error) return Ink::error;
  return severity == report::Severity::warning ? Ink::warning : Ink::note;
}

unsigned Painter::room() const {
  if (look_.width == 0) return 100000;
  return used_ < look_.width ? look_.width - used_ : 0;
}

Painter& Painter::put(const std::string& text, Ink ink) {
  if (text.empty() || room() == 0) return *this;
  const std::string kept = look_.width ? cut(text, room()) : text;
  used_ += columns(kept);
  const bool colored = look_.color && ink != Ink::plain;
  out_ << (colored ? code(ink) : "") << kept << (colored ? "\x1b[0m" : "");
  return *this;
}

Painter& Painter::pad(unsigned column) { return used_ < column ? put(std::string(column - used_, ' ')) : *this; }

void Painter::sentence(const std::string& text, unsigned indent) {
  std::istringstream words(text);
  bool first = true;
  for (std::string word; words >> word; first = false) {
    if (!first && columns(word) + 1 > room()) {
      line();
      pad(indent);
      first = true;
    }
    put((first ? "" : " ") + word);
  }
  line();
}

void Painter::line() {
  out_ << '\n';
  used_ = 0;
}

}  // namespace lifeguard::render
