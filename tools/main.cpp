// lifeguard: what programs took from the system and did not give back. This file finds the subcommand, reads its
// arguments and says what is wrong with them; the work is done in one file a command.
#include <cstdio>
#include <cstring>
#include <iostream>

#include "src/options/slice.h"
#include "src/render/escape.h"
#include "tools/command.h"

namespace lifeguard::tools {

void complain(const std::string& line) { std::fprintf(stderr, "lifeguard: %s\n", render::visible(line).c_str()); }

namespace {

constexpr Command commands[] = {
    {"report", "show what the processes of a run left, or hold now", false, report_command},
    {"summary", "what the library prints as a process ends", true, summary_command},
};

std::string nearest_of(const std::string& typed, const std::vector<std::string>& known) {
  std::vector<Slice> names;
  for (const std::string& name : known) names.emplace_back(name.data(), name.size());
  const Slice near = nearest({typed.data(), typed.size()}, names);
  return std::string(near.data ? near.data : "", near.size);
}

int usage(std::string line, const std::string& typed, const std::vector<std::string>& known, const std::string& help) {
  const std::string near = nearest_of(typed, known);
  complain(line + (near.empty() ? "" : "; did you mean " + near + "?") + " (" + help + " lists all)");
  return exit_usage;
}

void overall_help() {
  std::cout << "lifeguard " LIFEGUARD_VERSION
               ": what programs take from the system and do not give back\n\n"
               "    LD_PRELOAD=/path/to/liblifeguard.so CMD     watch a program\n";
  for (const Command& command : commands)
    if (!command.hidden) {
      std::string name = std::string("    lifeguard ") + command.name;
      name.resize(std::max<size_t>(name.size() + 1, 48), ' ');
      std::cout << name << command.what << '\n';
    }
  std::cout << "\nlifeguard COMMAND --help says all of one; LIFEGUARD_OPTIONS=help=1 lists the library's options.\n";
}

int run(const Command& command, std::vector<std::string> arguments) {
  CLI::App app(command.what, std::string("lifeguard ") + command.name);
  const std::function<int()> work = command.set_up(&app);
  const std::string help = std::string("lifeguard ") + command.name + " --help";
  // What stands behind "--" is not lifeguard's.
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return 0;
  } catch (const CLI::ExtrasError&) {
    std::string typed = "?";
    for (const std::string& extra : app.remaining())
      if (extra.size() > 1 && extra[0] == '-') {
        typed = extra.substr(0, extra.find('='));
        break;
      } else if (typed == "?") {
        typed = extra;
      }
    std::vector<std::string> known;
    for (const CLI::Option* option : app.get_options())
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    return usage(std::string(command.name) + " knows no option '" + typed + "'", typed, known, help);
  } catch (const CLI::Error& wrong) {
    complain(std::string(command.name) + ": " + wrong.what() + " (" + help + " says what it takes)");
    return exit_usage;
  }
  return work();
}

int run(int count, char** arguments) {
  std::vector<std::string> known;
  for (const Command& command : commands)
    if (!command.hidden) known.emplace_back(command.name);
  const std::string typed = count > 1 ? arguments[1] : "";
  if (typed == "--version" || typed == "-V" || typed == "version") {
    std::cout << "lifeguard " LIFEGUARD_VERSION "\n";
    return 0;
  }
  if (typed == "--help" || typed == "-h" || typed == "help") {
    overall_help();
    return 0;
  }
  if (typed.empty()) {
    complain("which command? (lifeguard --help lists them)");
    return exit_usage;
  }
  for (const Command& command : commands)
    if (typed == command.name) return run(command, {arguments + 2, arguments + count});
  known.insert(known.end(), {"--help", "--version"});
  return usage("no command is called '" + typed + "'", typed, known, "lifeguard --help");
}

}  // namespace
}  // namespace lifeguard::tools

int main(int count, char** arguments) {
  const int status = lifeguard::tools::run(count, arguments);
  std::cout.flush();
  if (!std::cout && status == 0) {
    lifeguard::tools::complain(std::string("cannot write to standard output: ") + std::strerror(errno));
    return 1;
  }
  return status;
}
