// LIFEGUARD_OPTIONS by their names (--depth 8), for a command that starts programs watched.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "src/options/options.h"
#include "tools/arguments.h"

namespace lifeguard::tools {

struct WatchOptions {
  Options values;    // what LIFEGUARD_OPTIONS says, and then the command line
  std::string text;  // the same, for the LIFEGUARD_OPTIONS of what is started; store= is left to whoever starts it
};
// All of them, but for names that the command has an option of its own for: that may be set all the same. The answer is
// filled once the arguments are read.
std::shared_ptr<WatchOptions> takes_watch_options(Arguments& arguments, const std::vector<std::string>& but = {});
// One more, as if it had been given by its name; throws WrongValue where the value is not understood.
void set_watch_option(WatchOptions* options, const std::string& name, const std::string& value);

std::map<std::string, std::string> labels_of(const Options& options);

}  // namespace lifeguard::tools
