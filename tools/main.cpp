// lifeguard: what programs took from the system and did not give back. This file finds the subcommand, reads its
// arguments and says what is wrong with them; the work is done in one file a command.
#include <cstdio>
#include <cstring>
#include <iostream>

#include "src/render/escape.h"
#include "tools/arguments.h"
#include "tools/command.h"

namespace lifeguard::tools {

void complain(const std::string& line) { std::fprintf(stderr, "lifeguard: %s\n", render::visible(line).c_str()); }

namespace {

constexpr Command commands[] = {
    {"run", "run a command watched; nothing of it outlives it", false, run_command},
    {"check", "the gate: fail a build by what a command or a run left", false, check_command},
    {"report", "show what the processes of a run left, or hold now", false, report_command},
    {"baseline", "what runs left, as a file by which check tells new from known", false, baseline_command},
    {"suppress", "rules for what a run left, and those that come with lifeguard", false, suppress_command},
    {"ls", "the runs that are kept, and what still lives of them", false, ls_command},
    {"ps", "what watched processes hold right now", false, ps_command},
    {"port", "who holds a port", false, port_command},
    {"cleanup", "end what ended runs left behind", false, cleanup_command},
    {"summary", "what the library prints as a process ends", true, summary_command},
};

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

int run(const Command& command, const std::vector<std::string>& arguments) {
  Arguments declared(command);
  const std::function<int()> work = command.set_up(declared);
  int status = 0;
  return declared.parse(arguments, &status) ? work() : status;
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
