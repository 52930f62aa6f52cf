// Lines for people: pieces with a meaning, cut to the terminal's width, coloured where colour is wanted. What is put in
// has been made visible already (escape.h).
#pragma once

#include <ostream>
#include <string>

#include "src/render/renderer.h"

namespace lifeguard::render {

enum class Ink { plain, strong, dim, error, warning, note, good };
Ink ink_of(report::Severity severity);

class Painter {
 public:
  Painter(std::ostream& out, const Look& look) : out_(out), look_(look) {}

  // Pieces of one line, from left to right; line() ends it.
  Painter& put(const std::string& text, Ink ink = Ink::plain);
  Painter& pad(unsigned column);  // blanks up to that column
  void line();
  // A sentence: goes on below where the line is full, instead of being cut. Ends the line.
  void sentence(const std::string& text, unsigned indent);
  unsigned room() const;  // columns that are left; a large number where lines are not cut

 private:
  std::ostream& out_;
  const Look& look_;
  unsigned used_ = 0;
};

}  // namespace lifeguard::render
