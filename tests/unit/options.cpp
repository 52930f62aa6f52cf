// LIFEGUARD_OPTIONS as it is written by one program and read by another.
#include "src/options/options.h"

#include <catch2/catch.hpp>

#include "src/options/entry.h"

using namespace lifeguard;

namespace {

std::string read_back(const std::string& text) {
  Options options;
  std::string said;
  auto say = [](void* context, Slice line) {
    *static_cast<std::string*>(context) += std::string(line.data, line.size);
  };
  parse_options({text.data(), text.size()}, &options, {say, &said});
  INFO(text);
  CHECK(said == "");
  CHECK(options.depth == 7);
  return std::string(options.own.data, options.own.size);
}

}  // namespace

TEST_CASE("an option's entry reads back as what was written, whatever it holds", "[options]") {
  for (const std::string value : {"", "plain", "a b", "a:b", "it's", "say \"yes\"", "it's \"both\": '' \"\" '", "'",
                                  "\"", "tab\tand\nline", "\xff\xfe", "a=b=c", "ends in '"})
    CHECK(read_back(option_entry("own", value) + ":depth=7") == value);
}

TEST_CASE("an option says what it takes, or that there is none of its name", "[options]") {
  Options options;
  Slice expected;
  CHECK(take_option("depth", "9", &options, &expected));
  CHECK(options.depth == 9);
  CHECK_FALSE(take_option("depth", "many", &options, &expected));
  CHECK(std::string(expected.data, expected.size) == "a number from 1 to 64");
  CHECK(options.depth == 9);
  CHECK_FALSE(take_option("deph", "9", &options, &expected));
  CHECK(expected.empty());
}
