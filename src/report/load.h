// Ledgers and /proc become a Run. A process that still runs is compared with what it has open now: what is gone is
// dropped, what no hook saw come is added as unseen. How it ended is decided here as well, since a killed process left
// no word: no end in the ledger and no such process any more is `vanished`.
#pragma once

#include <string>

#include "src/ledger/reader.h"
#include "src/report/model.h"

namespace lifeguard::report {

// Adds the process image of one ledger to a run. False: the file cannot be used at all, error says why (to be said
// after the file's name). Damage to single records goes to run->troubles.
bool add_ledger(const std::string& path, ledger::Reader::Links links, Run* run, std::string* error);

// Once all ledgers are in: order, what the run was, when it began and ended.
void finish_run(Run* run);

}  // namespace lifeguard::report
