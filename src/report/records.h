// What the records of one ledger say, as the model has it.
#pragma once

#include <string>

#include "src/ledger/reader.h"
#include "src/report/model.h"
#include "src/system/process.h"

namespace lifeguard::report {

// The ledger's times, which are counted from the machine's start, as times of day.
struct Clock {
  explicit Clock(const ledger::Header& header)
      : realtime(static_cast<Time>(header.began_realtime)), monotonic(static_cast<Time>(header.began_monotonic)) {}
  Time at(uint64_t monotonic_time) const {
    if (monotonic_time == 0 || realtime == 0) return 0;
    Time born, shifted;
    // Both come from the file: arithmetic on them may not be trusted to fit.
    if (__builtin_sub_overflow(static_cast<Time>(monotonic_time), monotonic, &shifted) ||
        __builtin_add_overflow(realtime, shifted, &born))
      return 0;
    return born;
  }
  Time realtime, monotonic;
};

// Whose ledger it is.
system::Identity identity(const ledger::Header& header);

// One string, as opposed to a list of them: a zero byte in it is damage.
std::string one_text(ledger::Reader& reader, ledger::Text text);

// States of a descriptor that is there.
bool held(ledger::State state);
Resource resource_of(uint32_t number, const ledger::Slot& slot, const Clock& clock);

// may_change: the process runs, and what is read is looked at twice.
void read_slots(ledger::Reader& reader, bool may_change, const Clock& clock, Process* process);
void read_things(ledger::Reader& reader, bool may_change, const Clock& clock, const std::string& cwd, Process* process);
void read_events(ledger::Reader& reader, const Clock& clock, Process* process);
// The phases that the program went through, by the numbers that its resources carry.
void read_phases(ledger::Reader& reader, Process* process);
// After all of those: the sites that something of the process refers to, and the modules they lie in; a ledger holds
// many more.
void read_sites(ledger::Reader& reader, Process* process);

}  // namespace lifeguard::report
