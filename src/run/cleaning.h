// Ends processes that outlived their run, one by one and each only where it is proven to be the one that is meant:
// SIGTERM, the grace, SIGKILL, and a look whether it has gone.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "src/run/members.h"
#include "src/run/record.h"

namespace lifeguard::run {

struct Fate {
  Living process;
  Remnant::What what = Remnant::What::left;
  std::string why;  // it stays
};

// Who must not be touched, and why; empty: it may be ended.
std::string why_untouchable(const Living& one);

// look is asked again and again for who there is: a process may start another one before it ends.
std::vector<Fate> end_processes(const std::function<std::vector<Living>()>& look, std::chrono::nanoseconds grace);

}  // namespace lifeguard::run
