// Sites: stacks entered into the ledger once, and found again from where a call came.
#pragma once

#include "preload/caller.h"
#include "preload/ledger.h"
#include "preload/stacks.h"

namespace lifeguard::book {

// The site of a stack, entered if it is new; 0 where it finds no place. python: python::key() of the same moment.
uint32_t site(const stacks::Stack& stack, unsigned depth, uint64_t python);
// Walks from the caller and gives the site; birth: counts an acquisition there.
uint32_t site_here(Caller caller, unsigned depth, bool birth);

// Of a frame of Python's.
ledger::PythonCode python_code(uint64_t frame);
inline Slice python_file(uint64_t frame) { return string(python_code(frame).file); }
inline Slice python_function(uint64_t frame) { return string(python_code(frame).function); }

// The site of the place where a signal struck.
uint32_t interrupted_site(Caller where, unsigned depth);

// A site of another ledger, taken over with the modules it needs.
uint32_t take_over_site(const Source& other, uint32_t number);

}  // namespace lifeguard::book
