// Where `run` and its like keep their runs: the store, a folder for each run in it, and the marks of those that are
// under way, so that the next one sees what was left without looking at every run there is.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/run/record.h"

namespace lifeguard::run {

// $XDG_STATE_HOME/lifeguard, else ~/.local/state/lifeguard; where there is no home either, as the library has it.
std::string default_store();

// Makes the store where it is missing, and says what is wrong with one that others could have prepared.
bool open_store(const std::string& store, std::string* error);

// 20261121T024501-PID-NAME, as the library names them, and its mark. Error as above.
bool make_run(const std::string& store, int64_t began, int pid, const std::string& program, std::string* folder,
              std::string* error);
// The run is over, and nothing of it is left to be found.
void unmark(const std::string& folder);
// Runs that are marked as under way, whether they are or not.
std::vector<std::string> marked_runs(const std::string& store);

// Removes a run's folder with what lies in it. Never one that lives.
bool remove_run(const std::string& folder);

// Whether a process of it may live: `run`, its keeper, or one with a ledger.
bool run_lives(const std::string& folder);

struct Limits {
  uint64_t runs = UINT64_MAX, bytes = UINT64_MAX;
  int64_t before = INT64_MIN;  // began before that moment, ns since 1970
};
// Removes ended runs, oldest first, until what is left is within the limits; those that live stay, and so does one that
// is marked. Returns the folders removed; with dry, those that would be.
std::vector<std::string> prune(const std::string& store, const Limits& limits, bool dry = false);

// The moment in a run's name, ns since 1970; 0: it is no run's name.
int64_t began_by_name(const std::string& name);

}  // namespace lifeguard::run
