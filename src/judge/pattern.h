// What a suppression looks for in names of functions, files, modules and resources: '*' is any run of characters, '^'
// and '$' at the ends hold it to the beginning and the end, else it may stand anywhere. A backslash takes the meaning
// off the character behind it; \n, \t and \xHH stand for bytes that no line can hold.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lifeguard::judge {

class Pattern {
 public:
  // False: error says what is wrong, and at which character of the text, counted from 0.
  bool read(std::string_view text, std::string* error, size_t* at);
  bool matches(std::string_view text) const;
  bool matches_everything() const;  // whatever the text

 private:
  static constexpr int16_t any_run = -1;
  std::vector<int16_t> parts_;  // bytes, and any_run
};

}  // namespace lifeguard::judge
