// What is said about a run when it is over, and about earlier ones before it begins.
#pragma once

#include <string>

#include "src/options/options.h"
#include "src/run/session.h"

namespace lifeguard::tools {

// The processes that outlived the command, and the summary of what the tree left, to where report= says. Notes the
// totals in the run's record, and takes the run away where keep= says that nothing of it is to stay.
void tell(run::Outcome& outcome, const Options& options);

// The command never ran: there is nothing to keep of it.
void forget(const run::Outcome& outcome);

// Runs of that store (empty: the default one) that ended with members still alive; those that have none any more are
// closed.
void say_what_earlier_runs_left(const std::string& store);

}  // namespace lifeguard::tools
