// The command line, for every subcommand: a command declares its own arguments with CLI11, and takes from here what
// several have in common. A word that is not known names the nearest one that is.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "src/options/options.h"
#include "tools/command.h"

namespace lifeguard::tools {

// CMD and its arguments: what stands behind `--`. Without one, from the first word on that is no option, unless the
// command has words of its own there (Words::behind_dashes).
enum class Words { first_word, behind_dashes };
std::shared_ptr<std::vector<std::string>> takes_command(CLI::App* app, Words where = Words::first_word);

// Everything of LIFEGUARD_OPTIONS by its name (--depth 8), for a command that starts programs watched.
struct WatchOptions {
  Options values;    // what LIFEGUARD_OPTIONS says, and then the command line
  std::string text;  // the same, for the LIFEGUARD_OPTIONS of what is started; store= is left to whoever starts it
};
// A name that the command has an option of its own for is left out; other() may set it all the same. What is wrong
// with a value is an error of the command line. The answer is filled once the arguments are read.
std::shared_ptr<WatchOptions> takes_watch_options(CLI::App* app, const std::vector<std::string>& but = {});
// One more, as if it had been given by its name; throws CLI::ValidationError where the value is not understood.
void set_watch_option(WatchOptions* options, const std::string& name, const std::string& value);

std::map<std::string, std::string> labels_of(const Options& options);

// Reads the arguments. True: the command can begin. False: it is over, with this status; all was said.
bool parse(const Command& command, CLI::App* app, const std::vector<std::string>& arguments, int* status);

// Says what is wrong, with the nearest of the known words, and where help is; returns the exit status.
int usage(const std::string& line, const std::string& typed, const std::vector<std::string>& known,
          const std::string& help);

}  // namespace lifeguard::tools
