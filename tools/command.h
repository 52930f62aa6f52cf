// A subcommand of lifeguard: a row in main.cpp's table and a file of its own, with one function that says what
// arguments it takes and one that runs.
#pragma once

#include <functional>
#include <string>

#include "tools/arguments.h"

namespace lifeguard::tools {

// Exit codes every command shares.
inline constexpr int exit_usage = 2;
inline constexpr int exit_unreadable = 3;

struct Command {
  const char* name;
  const char* what;
  bool hidden;  // not for people: the library calls it
  // Declares the arguments and returns what to do once they are known; that returns the exit status.
  std::function<int()> (*set_up)(Arguments& arguments);
};

std::function<int()> baseline_command(Arguments& arguments);
std::function<int()> check_command(Arguments& arguments);
std::function<int()> report_command(Arguments& arguments);
std::function<int()> run_command(Arguments& arguments);
std::function<int()> ls_command(Arguments& arguments);
std::function<int()> ps_command(Arguments& arguments);
std::function<int()> port_command(Arguments& arguments);
std::function<int()> cleanup_command(Arguments& arguments);
std::function<int()> summary_command(Arguments& arguments);
std::function<int()> suppress_command(Arguments& arguments);

// One line on stderr, begun with the program's name. The only place that says what went wrong.
void complain(const std::string& line);

// How to call this very program from a shell: by name alone where that finds it.
std::string own_command();

}  // namespace lifeguard::tools
