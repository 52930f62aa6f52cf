// What the files that people write for the gate have in common: the words in them, and what is said of wrong ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/report/model.h"

namespace lifeguard::judge {

bool is_class(std::string_view word);
bool is_kind(std::string_view word);          // "fd" among them: any descriptor
bool descriptor_kind(std::string_view word);  // of what "fd" stands for
std::vector<std::string> classes_and_kinds();

// "; did you mean X?", or nothing where no word is near.
std::string did_you_mean(std::string_view typed, const std::vector<std::string>& known);

bool to_number(std::string_view text, uint64_t* number);

// Where a finding is, in words that are the same on every machine and after an edit above it: "load in config.cpp".
std::string short_site(const report::Finding& finding);

}  // namespace lifeguard::judge
