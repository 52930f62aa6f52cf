// Who holds an address, told in full: the process, its command, user and age, whether its parent has left it, the run
// it belongs to, and where in it the address was taken, as far as a ledger knows.
#pragma once

#include <string>
#include <vector>

#include "src/report/model.h"
#include "src/system/ports.h"

namespace lifeguard::run {

struct HolderStory {
  system::Holder holder;
  uint64_t start = 0;
  int parent = 0;
  std::string parent_command;
  bool orphan = false;  // its parent is the system's, or lifeguard's keeper after its command has ended
  std::string command, user_name;
  uint32_t user = 0;
  double age = 0;   // seconds; -1: not known
  std::string run;  // folder
  bool run_is_over = false;
  bool inherited = false;       // the descriptor came from its parent
  report::Stack bound, opened;  // where its address was given to it, and where the socket was made; empty: not known
};

// Looks in these stores for the ledger of the process.
HolderStory tell_holder(const system::Bound& bound, const system::Holder& holder,
                        const std::vector<std::string>& stores);

// Since it began, in seconds; -1: not known.
double age_of(uint64_t start);
std::string user_name(uint32_t user);

}  // namespace lifeguard::run
