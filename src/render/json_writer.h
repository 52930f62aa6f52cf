// JSON written as it comes: keys in the order given, nothing kept in memory, so that a report of a million descriptors
// costs no more than its text. Strings that are not UTF-8 have the bad bytes replaced.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace lifeguard::render {

class JsonWriter {
 public:
  explicit JsonWriter(std::ostream& out) : out_(out) {}

  // flat: all that is inside stands on one line.
  enum class Layout { broken, flat };
  void begin_object(Layout layout = Layout::broken) { begin('{', '}', layout); }
  void begin_array(Layout layout = Layout::broken) { begin('[', ']', layout); }
  void end();

  JsonWriter& key(std::string_view name);
  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(int64_t number);
  void value(uint64_t number);
  void value(int number) { value(static_cast<int64_t>(number)); }
  void value(uint32_t number) { value(static_cast<uint64_t>(number)); }
  void value(bool truth);
  void null();

  template <typename Value>
  void member(std::string_view name, const Value& value_of) {
    key(name).value(value_of);
  }
  // Null where the text is empty, that is: not known.
  void member_or_null(std::string_view name, const std::string& text);

 private:
  struct Open {
    char closing;
    bool flat;
    bool empty = true;
  };
  void begin(char opening, char closing, Layout layout);
  void before_value();
  void separate();
  void line();
  void string(std::string_view text);

  std::ostream& out_;
  std::vector<Open> open_;
  bool after_key_ = false;
};

}  // namespace lifeguard::render
