#include "tools/arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>

#include "src/options/slice.h"
#include "tools/command.h"

namespace lifeguard::tools {
namespace {

struct StartsOne : CLI::Formatter {
  std::string make_usage(const CLI::App* app, std::string) const override {
    return "Usage: " + app->get_name() + " [OPTIONS] -- CMD [ARGUMENTS...]\n";
  }
};

}  // namespace

Arguments::Arguments(const Command& command)
    : of_(command), app_(std::make_unique<CLI::App>(command.what, std::string("lifeguard ") + command.name)) {}
Arguments::~Arguments() = default;

void Arguments::flag(Text names, bool& to, Text help) { app_->add_flag(names, to, help); }

void Arguments::text(Text names, Text value, std::string& to, Text help) {
  app_->add_option(names, to, help)->type_name(value);
}

void Arguments::choice(Text names, Text value, std::string& to, const std::vector<std::string>& of, Text help) {
  app_->add_option(names, to, help)->type_name(value)->check(CLI::IsMember(of));
}

void Arguments::number(Text names, Text value, int& to, Range range, Text help) {
  app_->add_option(names, to, help)->type_name(value)->check(CLI::Range(range.least, range.most));
}

void Arguments::count(Text names, Text value, uint64_t& to, Text help) {
  auto wrong = [](const std::string& given) {
    const bool digits = !given.empty() && given.find_first_not_of("0123456789") == given.npos;
    return digits ? std::string() : "takes a whole number, not '" + given + '\'';
  };
  app_->add_option(names, to, help)->type_name(value)->check(wrong);
}

void Arguments::amount(Text names, Text value, double& to, Least least, Text help) {
  const bool more = least == Least::more;
  auto wrong = [more](const std::string& given) {
    char* end = nullptr;
    const double number = std::strtod(given.c_str(), &end);
    if (end != given.c_str() && !*end && std::isfinite(number) && (more ? number > 0 : number >= 0))
      return std::string();
    return std::string("takes a number") + (more ? " above 0" : ", 0 or more") + ", not '" + given + '\'';
  };
  app_->add_option(names, to, help)->type_name(value)->check(wrong, more ? "POSITIVE" : "NONNEGATIVE");
}

void Arguments::texts(Text names, Text value, std::vector<std::string>& to, Text help) {
  app_->add_option(names, to, help)->type_name(value)->allow_extra_args(false);
}

void Arguments::numbers(Text names, Text value, std::vector<int>& to, Range range, Text help) {
  app_->add_option(names, to, help)
      ->type_name(value)
      ->check(CLI::Range(range.least, range.most))
      ->allow_extra_args(false);
}

void Arguments::each(Text names, Text value, const std::function<void(Text)>& take, Text help, Text group) {
  auto take_all = [take](const std::vector<std::string>& given) {
    for (const std::string& one : given) take(one);
  };
  CLI::Option* option = app_->add_option_function<std::vector<std::string>>(names, take_all, help);
  option->type_name(value)->allow_extra_args(false);
  if (!group.empty()) option->group(group);
}

void Arguments::place(Text name, std::string& to, Text help, bool required) {
  app_->add_option(name, to, help)->required(required);
}

void Arguments::place(Text name, int& to, Range range, Text help) {
  app_->add_option(name, to, help)->check(CLI::Range(range.least, range.most));
}

void Arguments::places(Text name, std::vector<std::string>& to, Text help) { app_->add_option(name, to, help); }

void Arguments::command(std::vector<std::string>& to, Words where) {
  command_ = &to;
  if (where == Words::first_word) app_->prefix_command();
  app_->formatter(std::make_shared<StartsOne>());
}

std::vector<std::string> Arguments::long_names() const {
  std::vector<std::string> names;
  for (const CLI::Option* option : app_->get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

bool Arguments::parse(const std::vector<std::string>& given, int* status) {
  const std::string help = std::string("lifeguard ") + of_.name + " --help";
  const auto dashes = command_ ? std::find(given.begin(), given.end(), "--") : given.end();
  auto refuse = [&](const char* what) {
    complain(std::string(of_.name) + ": " + what + " (" + help + " says what it takes)");
    *status = exit_usage;
    return false;
  };
  std::string unknown;
  try {
    std::vector<std::string> reversed(std::make_reverse_iterator(dashes), given.rend());
    app_->parse(reversed);
    if (command_) {
      *command_ = app_->remaining();
      if (!command_->empty() && command_->front().starts_with('-')) unknown = command_->front();
      // A `--` behind the first word of CMD is CMD's own.
      if (dashes != given.end()) command_->insert(command_->end(), dashes + (command_->empty() ? 1 : 0), given.end());
    }
  } catch (const CLI::CallForHelp&) {
    std::cout << app_->help();
    *status = 0;
    return false;
  } catch (const CLI::ExtrasError&) {
    for (const std::string& extra : app_->remaining())
      if (unknown.empty() || (extra.size() > 1 && extra[0] == '-' && unknown[0] != '-')) unknown = extra;
  } catch (const CLI::Error& wrong) {
    return refuse(wrong.what());
  } catch (const WrongValue& wrong) {
    return refuse(wrong.what());
  }
  if (unknown.empty()) return true;
  unknown = unknown.substr(0, unknown.find('='));
  *status = usage(std::string(of_.name) + " knows no option '" + unknown + "'", unknown, long_names(), help);
  return false;
}

int usage(const std::string& line, const std::string& typed, const std::vector<std::string>& known,
          const std::string& help) {
  std::vector<Slice> names;
  for (const std::string& name : known) names.emplace_back(name.data(), name.size());
  const Slice near = nearest({typed.data(), typed.size()}, names);
  complain(line + (near.empty() ? "" : "; did you mean " + std::string(near.data, near.size) + "?") + " (" + help +
           " lists all)");
  return exit_usage;
}

}  // namespace lifeguard::tools
