// One run of a command from beginning to end: its folder in the store, its keeper, the signals on the way, and what is
// true of it afterwards. `run` is this and a report; whoever else starts commands watched needs no more than this.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/run/record.h"
#include "src/run/tend.h"

namespace lifeguard::run {

struct Settings {
  std::vector<std::string> command;
  std::string options;  // LIFEGUARD_OPTIONS of the command, without store=
  std::string store;    // empty: where runs are kept by default
  uint64_t store_runs = 100, store_bytes = 64u << 20;
  std::map<std::string, std::string> labels;
  Clock::duration grace = std::chrono::seconds(5);
  std::optional<Clock::duration> timeout;
  Spared spared;
  std::vector<Limit> limits;
  std::string on_end, exclusive;
  bool keeper = true, die_with_parent = false;
  // The run's folder holds its record before the command begins: a process that leaves nothing removes an empty one,
  // and that it is not there is to mean that it was taken away.
  bool record_first = false;
  bool unlink = false;  // what the run made for a while and left on disk is removed
};

struct Outcome {
  bool started = false;
  int start_status = 0;  // not started: 126, 127, or 2 where it could not even be tried
  std::string error;     // not started: why, in one line
  bool known = false;    // how the command ended
  int wait_status = 0;
  std::string folder;  // of the run
  Record record;
};

// Runs the command and returns when nothing of its tree is left but what is spared or may not be ended. To be called
// once, by a process with one thread. The record is whole then but for what a report may add, and still to be written.
void run_session(const Settings& settings, Outcome* outcome);

// Ends this process as the command ended: with its status, or by its signal. Never with a core dump.
[[noreturn]] void end_like(const Outcome& outcome);

}  // namespace lifeguard::run
