// The end of a process, worked out beside it: what is really left, and whether anybody should hear of it.
#pragma once

#include <stdint.h>

#include "preload/line.h"
#include "src/options/slice.h"

namespace lifeguard::ending {

struct Verdict {
  uint32_t errors = 0;  // findings of severity error, counted by resource
  uint32_t warnings = 0;
  bool relatives = false;  // other processes of the run have left ledgers
  uint32_t refused = 0;    // addresses that were in use, where the process has failed since
  bool bad() const { return errors || warnings; }
  bool tells() const { return bad() || refused; }
};

// Compares the slots with the descriptors that are really open: what is gone is dropped, what was never seen is
// entered.
void reconcile();

// goes_on: it becomes another program; only what that one does not go on with counts.
Verdict judge(bool goes_on = false);

// Whether this is the run's first process.
bool is_first();

// Whether a frame is own code; whether any is.
bool own_frame(uint64_t frame);
bool own_stack(const uint64_t* frames, unsigned count);
bool own_site(uint32_t site);
// A site as the rules that come with the product ask for it.
struct MadeAt {
  uint32_t site;
  bool operator()(Slice files) const;  // one of Python's frames is in such a file, or the first one in such a module
};

// By a signal: it is noted, then the end is worked out (where it is not already).
void note_signal(int signal, int sender);
void finish_by_signal(int signal);
// Whether a signal struck inside abort(); and: abort() will end the process now, past every hook.
bool in_abort(const void* context);
void aborts(const void* context);

// What is said at the end has to be said by then (milliseconds of CLOCK_MONOTONIC).
extern uint64_t say_until;
uint64_t milliseconds();

// The `lifeguard` command beside this library.
bool find_tool(Line<4096>* path);
// Says what is left, where the options want it said.
void summarize(const Verdict& verdict);
// To where the options want it, until say_until.
void say(Slice text);
// One line about what could not be kept.
void say_trouble();

}  // namespace lifeguard::ending
