// One option as LIFEGUARD_OPTIONS has it, for whoever writes that variable.
#pragma once

#include <string>

namespace lifeguard {

// name=value, with quotes where the value holds what would end it.
std::string option_entry(const std::string& name, const std::string& value);

}  // namespace lifeguard
