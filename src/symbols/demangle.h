// Symbols' names as people write them.
#pragma once

#include <string>

namespace lifeguard::symbols {

// C++ by the ABI's own demangler; Rust's older scheme is C++'s with a hash at the end and its own escapes. Others (C,
// and what cannot be read) come back as they are.
std::string demangle(const std::string& name);

// "c++", "rust" or "" by the look of the symbol.
const char* language_of(const std::string& name);

}  // namespace lifeguard::symbols
