// The words that formats for people share: what a finding says in one line, where, how long, how it ended. All of it is
// escaped and fit for a terminal.
#pragma once

#include <string>

#include "src/report/model.h"

namespace lifeguard::render {

std::string counted(uint64_t count, const std::string& noun);  // "1 file", "3 directories"
std::string duration(report::Time nanoseconds);                // "320 ms", "4.2 s", "3 h 05 min"
std::string size(uint64_t bytes);                              // "4.0 MiB"

// "3 files left open", "2 sockets open when killed", "1 file closed twice"
std::string headline(const report::Report& report, const report::Finding& finding);

// Whether it is of a process that runs, and may still give it back.
bool held_now(const report::Report& report, const report::Finding& finding);

// "src/server.cpp:42", or "libfoo.so+0x1234" where the line is not known; a folder that `cwd` is in stays away.
std::string place(const report::Frame& frame, const std::string& cwd);
std::string function(const report::Frame& frame);

// The frame that a finding is about: the innermost of own code, else the innermost. Null: no stack.
const report::Frame* leading(const report::Stack& stack);
// " at src/server.cpp:42 in load_config(char const*)", or "" where nothing is known.
std::string at(const report::Stack& stack, const std::string& cwd);

std::string ending(const report::Process& process);  // "ended with status 0", "killed by SIGKILL (9)", "runs"
std::string command_line(const std::vector<std::string>& command);
std::string program(const std::string& command, int pid, unsigned width = 80);  // "sleep 1000 (4242)"

// By what number a resource goes: "fd 7", "pid 4242"; empty where it goes by a name.
std::string label(const report::Finding& finding, const report::Holding& holding);
// Of a resource: "/etc/passwd", or what else is known of it.
std::string detail(const report::Holding& holding);
// How long it had been held when its process ended, or until now; 0: not known.
report::Time held_for(const report::Report& report, const report::Holding& holding);

}  // namespace lifeguard::render
