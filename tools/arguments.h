// The command line of a subcommand: it declares what it takes, and finds its variables filled once that is read. A word
// that is not known names the nearest one that is. CLI11 does the work, and is known to arguments.cpp alone: it takes
// longer to compile than all of a command's own code.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace lifeguard::tools {

struct Command;

// A value that is not understood: thrown by whoever is given it while the arguments are read.
struct WrongValue : std::runtime_error {
  WrongValue(const std::string& option, const std::string& why) : std::runtime_error(option + ": " + why) {}
};

class Arguments {
 public:
  using Text = const std::string&;
  struct Range {
    int least, most;
  };
  static constexpr Range ports = {1, 65535};

  explicit Arguments(const Command& command);
  ~Arguments();

  // What is read goes into `to`, which has to stay where it is. `--all,-v` are two names of one option; a name without
  // dashes is that of a place on the command line. value: the help's word for what the option takes.
  void flag(Text names, bool& to, Text help);
  void text(Text names, Text value, std::string& to, Text help);
  void choice(Text names, Text value, std::string& to, const std::vector<std::string>& of, Text help);
  void number(Text names, Text value, int& to, Range range, Text help);
  void count(Text names, Text value, uint64_t& to, Text help);
  enum class Least { zero, more };
  void amount(Text names, Text value, double& to, Least least, Text help);
  // These may be given again.
  void texts(Text names, Text value, std::vector<std::string>& to, Text help);
  void numbers(Text names, Text value, std::vector<int>& to, Range range, Text help);
  void each(Text names, Text value, const std::function<void(Text)>& take, Text help, Text group = "");

  void place(Text name, std::string& to, Text help, bool required = false);
  void place(Text name, int& to, Range range, Text help);
  void places(Text name, std::vector<std::string>& to, Text help);

  // CMD and its arguments: what stands behind `--`. Without one, from the first word on that is no option, unless the
  // subcommand has words of its own there.
  enum class Words { first_word, behind_dashes };
  void command(std::vector<std::string>& to, Words where = Words::first_word);

  // True: the subcommand can begin. False: it is over, with this status; all was said.
  bool parse(const std::vector<std::string>& given, int* status);

 private:
  std::vector<std::string> long_names() const;

  const Command& of_;
  std::unique_ptr<CLI::App> app_;
  std::vector<std::string>* command_ = nullptr;
};

// Says what is wrong, with the nearest of the known words, and where help is; returns the exit status.
int usage(const std::string& line, const std::string& typed, const std::vector<std::string>& known,
          const std::string& help);

}  // namespace lifeguard::tools
