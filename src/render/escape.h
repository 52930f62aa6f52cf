// Names of files, functions and programs are other people's bytes. Before they reach a terminal everything in them that
// a terminal would act on becomes visible text, and bytes that are no UTF-8 as well.
#pragma once

#include <string>
#include <string_view>

namespace lifeguard::render {

// Control characters (C0, DEL, C1), line and paragraph separators, and the marks that turn the direction of text around
// become \x1b, \u202e and the like.
std::string visible(std::string_view bytes);

// Columns that a visible text takes on a terminal.
unsigned columns(std::string_view text);

// At most that many columns, with "..." for what is cut: at the end, or in the middle (paths: both ends say something).
std::string cut(std::string_view text, unsigned width);
std::string cut_middle(std::string_view text, unsigned width);

}  // namespace lifeguard::render
