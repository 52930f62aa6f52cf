// LIFEGUARD_OPTIONS: name=value, separated by ':' or white space, a value quoted ('..' or "..") where it holds one.
// The library and the tools read it with the same few functions; they allocate nothing and need no C++ runtime.
//
// To add an option: a row in LIFEGUARD_OPTIONS_TABLE, a field in Options, a case in set(). `make check` compares the
// rows with README.md.
#pragma once

#include "src/options/slice.h"

namespace lifeguard {

//  name, default as shown, what it says in help=1
#define LIFEGUARD_OPTIONS_TABLE(X)                                                                           \
  X(store, "", "DIR where runs are kept (default: /dev/shm/lifeguard-UID or /tmp/lifeguard-UID)")            \
  X(store_max, "100,64M", "N,SIZE: ended runs kept; the oldest go first")                                    \
  X(keep, "findings", "findings|always|never: which ended ledgers stay")                                     \
  X(report, "stderr", "stderr|always|none|PATH: where the summary goes; always: also where nothing is left") \
  X(depth, "24", "N frames kept of a stack (1 to 64)")                                                       \
  X(own, "", "GLOB,... modules and files that count as own code besides the default")                        \
  X(skip, "", "GLOB,... programs that are not watched")                                                      \
  X(enable, "1", "0|1: 0 is loaded but idle")                                                                \
  X(label, "", "K=V,... carried into every report")                                                          \
  X(signals, "on", "on|off: stand in for the default action of terminating signals")                         \
  X(close, "on", "on|off: close what is left at the end")                                                    \
  X(children, "report", "report|terminate: child processes still running at the end")                        \
  X(grace, "5", "SECONDS that ending a child may take; fractions allowed")                                   \
  X(exitcode, "0", "N: exit with N where an error was left and the status would have been 0 (0 is off)")     \
  X(limit, "fd=90%", "KIND=N|P%,...: say who holds them, once, at that many live ones")                      \
  X(settle, "0", "SECONDS: at the end, how long to wait for what other threads are about to give back")      \
  X(follow, "inherit", "inherit|always: always also watches programs started with a scrubbed environment")   \
  X(help, "0", "1: print this list")

struct Options {
  enum class Keep : uint8_t { findings, always, never };
  enum class Report : uint8_t { standard_error, always, none, path };

  Slice store;
  uint32_t store_runs = 100;
  uint64_t store_bytes = 64u << 20;
  Keep keep = Keep::findings;
  Report report = Report::standard_error;
  Slice report_path;
  uint32_t depth = 24;
  Slice own;
  Slice skip;
  bool enable = true;
  Slice label;
  bool signals = true;
  bool close = true;
  bool children_terminate = false;
  uint64_t grace_ns = 5'000'000'000;
  uint32_t exitcode = 0;
  Slice limit = "fd=90%";
  uint64_t settle_ns = 0;
  bool follow_always = false;
  bool help = false;

  size_t values_used = 0;
  char values[8192] = {};  // unquoted copies of the values: the environment may change under us
};

// Receives one line (no newline, not zero-terminated by contract) about something that is wrong.
struct Complaints {
  void (*say)(void* context, Slice line);
  void* context;
};

// Reads text into options. What is wrong is said, and left at its default; the rest holds.
void parse_options(Slice text, Options* options, Complaints complaints);

// One option by name, as --name value does for the tools. False: said why.
bool set_option(Slice name, Slice value, Options* options, Complaints complaints);

// The same for those with words of their own about what is wrong: false, and what the option takes (nothing: there is
// no option of that name).
bool take_option(Slice name, Slice value, Options* options, Slice* expected);

// The lines of help=1.
void options_help(Complaints out);

}  // namespace lifeguard
