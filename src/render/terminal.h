// What stands at the other end of standard output: whether people look at it, how wide it is, whether it likes colour.
#pragma once

#include <ostream>
#include <string>

#include "src/render/renderer.h"

namespace lifeguard::render {

// Colour and width for a descriptor: NO_COLOR and FORCE_COLOR as everywhere, COLUMNS where the terminal does not tell.
Look look_at(int descriptor);

// Shows text on standard output through the user's pager ($PAGER, less) where that is a terminal, and it is longer than
// the screen; else writes it. False: it could not be written.
bool show(const std::string& text, bool pager);

}  // namespace lifeguard::render
