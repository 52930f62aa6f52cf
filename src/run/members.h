// Which processes that live now belong to a run: those its ledgers name and the children noted there, those that carry
// its mark in the environment they began with, those in its cgroup, and what descends from any of them. Each by pid and
// start time, so that a number which was used again is never taken for a member.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/run/record.h"
#include "src/system/tree.h"

namespace lifeguard::run {

struct Living {
  int pid = 0;  // as it is seen from here
  system::Identity who;
  uint32_t user = 0;  // that the record says it belongs to
  std::string command;
  std::string known_by;  // "ledger", "child", "mark", "cgroup", "descendant"
  bool watched = false;
  bool leads_session = false;
};

// record may be null: a run of the library alone has none. What is wrong with a ledger is said in troubles, and the
// rest holds.
std::vector<Living> living_members(const std::string& folder, const Record* record,
                                   std::vector<std::string>* troubles = nullptr);

// Whether the run is over: `run` and its keeper have gone, or, for one without a record, the first process has.
bool is_over(const std::string& folder, const Record* record);

// Nothing of it lives any more, and nobody wrote that down: it is done now.
void close_run(const std::string& folder, Record* record);

}  // namespace lifeguard::run
