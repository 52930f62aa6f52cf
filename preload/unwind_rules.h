// How to get from one code address to its caller's frame, as one 64-bit word: what the .eh_frame tables say of that
// address, boiled down to the two registers that x86-64 code restores a frame with.
//
// read_rule() reads the tables of the module in place: no lock (the loader's list is asked through _dl_find_object,
// which is made for signal handlers), no allocation, no system call. It is the cold half of stacks.cpp and costs 1 to 3
// us. unit tests compare its answers with libunwind's for whole libraries.
#pragma once

#include <stdint.h>

namespace lifeguard {

struct Rule {
  enum class Cfa : uint8_t {
    unknown = 0,   // no table covers the address: the walk ends, and says so
    stack = 1,     // canonical frame address = rsp + cfa_offset
    frame = 2,     // = rbp + cfa_offset
    through = 3,   // = what stands at rbp + cfa_offset (functions that realign their stack)
    signal = 4,    // a signal handler's return: the interrupted registers are in the ucontext at rsp
    outermost = 5  // nobody called this
  };
  enum class Rbp : uint8_t { same = 0, at_cfa = 1, at_frame = 2, lost = 3 };  // where the caller's rbp is: + rbp_offset

  Cfa cfa = Cfa::unknown;
  Rbp rbp = Rbp::same;
  int32_t cfa_offset = 0;
  int16_t rbp_words = 0;  // offset in 8-byte words

  // Never 0, so that 0 can mean "not known yet" in the table.
  constexpr uint64_t pack() const {
    return static_cast<uint64_t>(static_cast<uint32_t>(cfa_offset)) |
           static_cast<uint64_t>(static_cast<uint16_t>(rbp_words)) << 32 | static_cast<uint64_t>(rbp) << 48 |
           static_cast<uint64_t>(cfa) << 52 | 1ull << 63;
  }
  static constexpr Rule unpack(uint64_t word) {
    return {static_cast<Cfa>(word >> 52 & 7), static_cast<Rbp>(word >> 48 & 3), static_cast<int32_t>(word & 0xffffffff),
            static_cast<int16_t>(word >> 32 & 0xffff)};
  }
};

// The rule for an address: a return address, or (exact) the very instruction that a signal interrupted.
Rule read_rule(uintptr_t pc, bool exact);

}  // namespace lifeguard
