#include "src/judge/words.h"

#include <charconv>

#include "src/judge/classes.h"
#include "src/judge/own_code.h"
#include "src/ledger/kinds.h"
#include "src/options/slice.h"

namespace lifeguard::judge {
namespace {

using ledger::Kind;

constexpr Kind last_kind = Kind::own;

Slice slice(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

bool is_class(std::string_view word) {
  return class_named(slice(word)) || word == "growing" || word == "half-closed";  // of processes that run
}

bool descriptor_kind(std::string_view word) {
  for (Kind kind : {Kind::file, Kind::directory, Kind::socket, Kind::listener, Kind::pipe, Kind::event, Kind::memfd,
                    Kind::pty, Kind::descriptor})
    if (word == ledger::kind_name(kind)) return true;
  return false;
}

bool is_kind(std::string_view word) {
  if (word == "fd") return true;
  for (uint8_t kind = 1; kind <= static_cast<uint8_t>(last_kind); ++kind)
    if (word == ledger::kind_name(static_cast<Kind>(kind))) return true;
  return false;
}

std::vector<std::string> classes_and_kinds() {
  std::vector<std::string> words;
  for (const Class* one : classes) words.emplace_back(one->name);
  for (uint8_t kind = 1; kind <= static_cast<uint8_t>(last_kind); ++kind)
    words.emplace_back(ledger::kind_name(static_cast<Kind>(kind)));
  words.emplace_back("fd");
  return words;
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string>& known) {
  std::vector<Slice> names;
  for (const std::string& name : known) names.push_back(slice(name));
  const Slice near = nearest(slice(typed), names);
  return near.empty() ? "" : "; did you mean " + std::string(near.data, near.size) + "?";
}

bool to_number(std::string_view text, uint64_t* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

std::string short_site(const report::Finding& finding) {
  const auto closed = finding.other_sites.find("closed");
  const report::Stack& stack = closed == finding.other_sites.end() ? finding.site : closed->second;
  const report::Frame* frame = first_own(stack);
  if (!frame && !stack.empty()) frame = &stack.front();
  if (!frame) return {};
  const std::string& where = frame->file.empty() ? frame->module : frame->file;
  const std::string name = where.substr(where.rfind('/') + 1);
  if (frame->function.empty()) return name;
  return frame->function + (name.empty() ? "" : " in " + name);
}

}  // namespace lifeguard::judge
