// What is said about a run when it is over, and about earlier ones before it begins.
#pragma once

#include <string>
#include <vector>

#include "src/options/options.h"
#include "src/render/renderer.h"
#include "src/run/session.h"

namespace lifeguard::tools {

// The processes that outlived the command, and the summary of what the tree left, to where report= says. Notes the
// totals in the run's record, and takes the run away where keep= says that nothing of it is to stay.
struct Saved {
  const render::Renderer* renderer = nullptr;
  std::string file;
};
bool parse_saved(const std::string& text, Saved* saved, std::string* error);  // FORMAT=FILE
void tell(run::Outcome& outcome, const Options& options, const std::vector<Saved>& saved = {});

// The command never ran: there is nothing to keep of it.
void forget(const run::Outcome& outcome);

// Runs of that store (empty: the default one) that ended with members still alive; those that have none any more are
// closed.
void say_what_earlier_runs_left(const std::string& store);

}  // namespace lifeguard::tools
