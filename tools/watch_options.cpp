#include "tools/watch_options.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "src/options/entry.h"

namespace lifeguard::tools {
namespace {

struct OptionRow {
  const char* name;
  const char* fallback;
  const char* help;
};

constexpr OptionRow rows[] = {
#define LIFEGUARD_ROW(name, fallback, help) {#name, fallback, help},
    LIFEGUARD_OPTIONS_TABLE(LIFEGUARD_ROW)
#undef LIFEGUARD_ROW
};

Slice slice(const std::string& text) { return {text.data(), text.size()}; }

// "DIR where runs are kept" is what help=1 says behind "store="; here the word for the value stands by itself.
std::pair<std::string, std::string> value_and_help(const OptionRow& row) {
  const std::string help = row.help;
  const size_t end = help.find_first_of(" :");
  const std::string rest = end == std::string::npos ? "" : help.substr(help.find_first_not_of(" :", end));
  return {help.substr(0, end), rest + (*row.fallback ? std::string(" (") + row.fallback + ')' : "")};
}

// LIFEGUARD_OPTIONS. A run around this one has put report=none there, as it speaks for its programs; what this one says
// is its own.
std::string options_given() {
  const char *given = std::getenv("LIFEGUARD_OPTIONS"), *mark = std::getenv("LIFEGUARD_MARK");
  std::string text = given ? given : "", store = mark ? mark : "";
  store.resize(std::min(store.rfind('/'), store.size()));
  const std::string silence = "report=none:";
  const size_t at = text.rfind(silence);
  if (!store.empty() && text.ends_with(':' + option_entry("store", store)) && at != text.npos &&
      (at == 0 || text[at - 1] == ':'))
    text.erase(at, silence.size());
  return text;
}

}  // namespace

void set_watch_option(WatchOptions* options, const std::string& name, const std::string& given) {
  std::string value = given;
  if (name == "label" && !options->values.label.empty())  // each one counts
    value = std::string(options->values.label.data, options->values.label.size) + ',' + given;
  Slice expected;
  if (!take_option(slice(name), slice(value), &options->values, &expected))
    throw WrongValue("--" + name,
                     "'" + given + "' is not understood; it takes " + std::string(expected.data, expected.size));
  if (name != "store") options->text += (options->text.empty() ? "" : ":") + option_entry(name, value);
}

std::shared_ptr<WatchOptions> takes_watch_options(Arguments& arguments, const std::vector<std::string>& but) {
  auto options = std::make_shared<WatchOptions>();
  static const std::string text = options_given();  // the values lie in it
  if (!text.empty()) {
    auto say = [](void*, Slice line) { std::cerr << std::string(line.data, line.size) << '\n'; };
    parse_options(text.c_str(), &options->values, {say, nullptr});
    options->text = text;
  }
  for (const OptionRow& row : rows) {
    const std::string name = row.name;
    if (name == "help" || std::find(but.begin(), but.end(), name) != but.end()) continue;
    const auto [value, help] = value_and_help(row);
    arguments.each(
        "--" + name, value, [options, name](const std::string& one) { set_watch_option(options.get(), name, one); },
        help, "What the library does (LIFEGUARD_OPTIONS)");
  }
  return options;
}

std::map<std::string, std::string> labels_of(const Options& options) {
  std::map<std::string, std::string> labels;
  for (Slice rest = options.label; !rest.empty();) {
    Slice value = take_until(&rest, ',');
    const Slice name = take_until(&value, '=');
    labels[std::string(name.data, name.size)] = std::string(value.data ? value.data : "", value.size);
  }
  return labels;
}

}  // namespace lifeguard::tools
