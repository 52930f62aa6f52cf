#include "tools/arguments.h"

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

struct StartsOne : CLI::Formatter {
  std::string make_usage(const CLI::App* app, std::string) const override {
    return "Usage: " + app->get_name() + " [OPTIONS] -- CMD [ARGUMENTS...]\n";
  }
};

// A program has one command line, and a command at most one CMD in it.
struct Wanted {
  const CLI::App* app = nullptr;
  Words where = Words::first_word;
  std::shared_ptr<std::vector<std::string>> words;
} wanted;

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

void append(std::string* list, const std::string& entry, char separator) {
  *list += (list->empty() ? "" : std::string(1, separator)) + entry;
}

}  // namespace

std::shared_ptr<std::vector<std::string>> takes_command(CLI::App* app, Words where) {
  wanted = {app, where, std::make_shared<std::vector<std::string>>()};
  if (where == Words::first_word) app->prefix_command();
  app->formatter(std::make_shared<StartsOne>());
  return wanted.words;
}

void set_watch_option(WatchOptions* options, const std::string& name, const std::string& given) {
  std::string value = given;
  if (name == "label" && !options->values.label.empty())  // each one counts
    value = std::string(options->values.label.data, options->values.label.size) + ',' + given;
  Slice expected;
  if (!take_option(slice(name), slice(value), &options->values, &expected))
    throw CLI::ValidationError(
        "--" + name, "'" + given + "' is not understood; it takes " + std::string(expected.data, expected.size));
  if (name != "store") append(&options->text, option_entry(name, value), ':');
}

std::shared_ptr<WatchOptions> takes_watch_options(CLI::App* app, const std::vector<std::string>& but) {
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
    app->add_option_function<std::vector<std::string>>(
           "--" + name,
           [options, name](const std::vector<std::string>& values) {
             for (const std::string& one : values) set_watch_option(options.get(), name, one);
           },
           help)
        ->type_name(value)
        ->allow_extra_args(false)
        ->group("What the library does (LIFEGUARD_OPTIONS)");
  }
  return options;
}

int usage(const std::string& line, const std::string& typed, const std::vector<std::string>& known,
          const std::string& help) {
  std::vector<Slice> names;
  for (const std::string& name : known) names.push_back(slice(name));
  const Slice near = nearest(slice(typed), names);
  complain(line + (near.empty() ? "" : "; did you mean " + std::string(near.data, near.size) + "?") + " (" + help +
           " lists all)");
  return exit_usage;
}

bool parse(const Command& command, CLI::App* app, const std::vector<std::string>& arguments, int* status) {
  const std::string help = std::string("lifeguard ") + command.name + " --help";
  const bool starts = wanted.app == app;
  const auto dashes = starts ? std::find(arguments.begin(), arguments.end(), "--") : arguments.end();
  std::string unknown;
  try {
    std::vector<std::string> reversed(std::make_reverse_iterator(dashes), arguments.rend());
    app->parse(reversed);
    if (starts) {
      *wanted.words = app->remaining();
      if (!wanted.words->empty() && wanted.words->front().starts_with('-')) unknown = wanted.words->front();
      // A `--` behind the first word of CMD is CMD's own.
      if (dashes != arguments.end())
        wanted.words->insert(wanted.words->end(), dashes + (wanted.words->empty() ? 1 : 0), arguments.end());
    }
  } catch (const CLI::CallForHelp&) {
    std::cout << app->help();
    *status = 0;
    return false;
  } catch (const CLI::ExtrasError&) {
    for (const std::string& extra : app->remaining())
      if (unknown.empty() || (extra.size() > 1 && extra[0] == '-' && unknown[0] != '-')) unknown = extra;
  } catch (const CLI::Error& wrong) {
    complain(std::string(command.name) + ": " + wrong.what() + " (" + help + " says what it takes)");
    *status = exit_usage;
    return false;
  }
  if (unknown.empty()) return true;
  unknown = unknown.substr(0, unknown.find('='));
  std::vector<std::string> known;
  for (const CLI::Option* option : app->get_options())
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  *status = usage(std::string(command.name) + " knows no option '" + unknown + "'", unknown, known, help);
  return false;
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
