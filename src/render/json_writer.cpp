#include "src/render/json_writer.h"

#include <nlohmann/json.hpp>

namespace lifeguard::render {

void JsonWriter::line() {
  out_ << '\n';
  for (size_t i = 0; i < open_.size(); ++i) out_ << "  ";
}

void JsonWriter::separate() {
  if (open_.empty()) return;
  Open& now = open_.back();
  if (!now.empty) out_ << ',';
  if (!now.flat)
    line();
  else if (!now.empty)
    out_ << ' ';
  now.empty = false;
}

void JsonWriter::before_value() {
  if (!after_key_) separate();
  after_key_ = false;
}

void JsonWriter::begin(char opening, char closing, Layout layout) {
  before_value();
  out_ << opening;
  open_.push_back({closing, layout == Layout::flat || (!open_.empty() && open_.back().flat)});
}

void JsonWriter::end() {
  const Open closed = open_.back();
  open_.pop_back();
  if (!closed.empty && !closed.flat) line();
  out_ << closed.closing;
  if (open_.empty()) out_ << '\n';
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  string(name);
  out_ << ": ";
  after_key_ = true;
  return *this;
}

void JsonWriter::value(std::string_view text) {
  before_value();
  string(text);
}

void JsonWriter::string(std::string_view text) {
  out_ << nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void JsonWriter::value(int64_t number) {
  before_value();
  out_ << number;
}

void JsonWriter::value(uint64_t number) {
  before_value();
  out_ << number;
}

void JsonWriter::value(bool truth) {
  before_value();
  out_ << (truth ? "true" : "false");
}

void JsonWriter::null() {
  before_value();
  out_ << "null";
}

void JsonWriter::member_or_null(std::string_view name, const std::string& text) {
  key(name);
  if (text.empty())
    null();
  else
    value(std::string_view(text));
}

}  // namespace lifeguard::render
