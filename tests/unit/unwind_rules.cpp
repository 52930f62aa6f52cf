// The library reads unwind tables by itself; libunwind, which it cannot use inside other programs, is the reference
// here. For every function of several large libraries, at several of its addresses, both are given the same invented
// registers over the same invented memory, and must arrive at the same caller.
#include "preload/unwind_rules.h"

#define UNW_LOCAL_ONLY
#include <dlfcn.h>
#include <libunwind.h>
#include <sys/auxv.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

using lifeguard::Rule;

namespace {

// Two stretches of memory, for rsp and rbp to point into the middle of. Every word is different, and is itself an
// address inside a third one, since realigned frames are found through a word in memory.
struct Memory {
  static constexpr size_t words = 1 << 16;
  std::vector<uint64_t> by_rsp, by_rbp, elsewhere;

  Memory() : by_rsp(words), by_rbp(words), elsewhere(words + 4) {
    for (size_t i = 0; i < words; ++i) {
      by_rsp[i] = address(elsewhere, i);
      by_rbp[i] = address(elsewhere, words - 1 - i) + 2;
      elsewhere[i] = 0x7000'0000'0000 + i;
    }
  }
  static uint64_t address(const std::vector<uint64_t>& memory, size_t i) {
    return reinterpret_cast<uint64_t>(memory.data() + i);
  }
  bool holds(uint64_t at) const {
    for (const auto* memory : {&by_rsp, &by_rbp, &elsewhere})
      if (at >= address(*memory, 0) && at + 8 <= address(*memory, memory->size())) return true;
    return false;
  }
};

struct Caller {
  uint64_t pc = 0, stack = 0, frame = 0;
  bool operator==(const Caller&) const = default;
};

bool apply(const Rule& rule, const Memory& memory, uint64_t rsp, uint64_t rbp, Caller* caller) {
  auto load = [&](uint64_t at, uint64_t* value) {
    if (!memory.holds(at)) return false;
    std::memcpy(value, reinterpret_cast<void*>(at), 8);
    return true;
  };
  uint64_t cfa = 0;
  auto offset = static_cast<uint64_t>(static_cast<int64_t>(rule.cfa_offset));
  if (rule.cfa == Rule::Cfa::stack) cfa = rsp + offset;
  if (rule.cfa == Rule::Cfa::frame) cfa = rbp + offset;
  if (rule.cfa == Rule::Cfa::through && !load(rbp + offset, &cfa)) return false;
  caller->stack = cfa;
  caller->frame = rbp;
  if (rule.rbp != Rule::Rbp::same) {
    uint64_t at = (rule.rbp == Rule::Rbp::at_cfa ? cfa : rbp) + static_cast<uint64_t>(rule.rbp_words * 8l);
    if (!load(at, &caller->frame)) return false;
  }
  return load(cfa - 8, &caller->pc);
}

bool ask_libunwind(uint64_t pc, uint64_t rsp, uint64_t rbp, Caller* caller) {
  unw_context_t context;
  std::memset(&context, 0, sizeof context);
  context.uc_mcontext.gregs[REG_RIP] = static_cast<greg_t>(pc);
  context.uc_mcontext.gregs[REG_RSP] = static_cast<greg_t>(rsp);
  context.uc_mcontext.gregs[REG_RBP] = static_cast<greg_t>(rbp);
  unw_cursor_t cursor;
  if (unw_init_local(&cursor, &context) != 0) return false;
  if (unw_step(&cursor) <= 0) return false;
  unw_word_t value = 0;
  if (unw_get_reg(&cursor, UNW_REG_IP, &value) != 0) return false;
  caller->pc = value;
  unw_get_reg(&cursor, UNW_REG_SP, &value);
  caller->stack = value;
  if (unw_get_reg(&cursor, UNW_X86_64_RBP, &value) != 0) return false;
  caller->frame = value;
  return true;
}

struct Function {
  uint64_t begin, size;
};

// The functions that a module has unwind information for, by the sorted table in its .eh_frame_hdr.
std::vector<Function> functions_of(const void* inside) {
  dl_find_object object;
  REQUIRE(_dl_find_object(const_cast<void*>(inside), &object) == 0);
  auto* header = static_cast<const uint8_t*>(object.dlfo_eh_frame);
  REQUIRE(header[3] == 0x3b);
  uint32_t count;
  std::memcpy(&count, header + 8, 4);
  std::vector<Function> functions;
  for (uint32_t i = 0; i < count; ++i) {
    int32_t begin, fde;
    uint32_t size;
    std::memcpy(&begin, header + 12 + i * 8, 4);
    std::memcpy(&fde, header + 16 + i * 8, 4);
    std::memcpy(&size, header + fde + 12, 4);
    functions.push_back(
        {reinterpret_cast<uint64_t>(header) + static_cast<uint64_t>(static_cast<int64_t>(begin)), size});
  }
  return functions;
}

struct Tally {
  unsigned agreed = 0, cut = 0, differed = 0;
  std::vector<std::string> differences;
};

std::string say(const Caller& caller, uint64_t rsp, uint64_t rbp) {
  auto relative = [&](uint64_t value) {
    auto near = static_cast<int64_t>(value - rsp), far = static_cast<int64_t>(value - rbp);
    return std::abs(near) < std::abs(far) ? "rsp" + std::to_string(near) : "rbp" + std::to_string(far);
  };
  return " (stack " + relative(caller.stack) + ", frame " + relative(caller.frame) + ", pc " +
         std::to_string(caller.pc) + ")";
}

void compare(const Memory& memory, uint64_t pc, bool exact, Tally* tally) {
  Rule rule = lifeguard::read_rule(pc, exact);
  if (rule.cfa == Rule::Cfa::unknown || rule.rbp == Rule::Rbp::lost) {
    ++tally->cut;
    return;
  }
  if (rule.cfa == Rule::Cfa::outermost || rule.cfa == Rule::Cfa::signal) return;
  uint64_t rsp = Memory::address(memory.by_rsp, Memory::words / 2),
           rbp = Memory::address(memory.by_rbp, Memory::words / 2);
  Caller ours, theirs;
  if (!apply(rule, memory, rsp, rbp, &ours)) return;  // a frame larger than the invented memory
  // libunwind takes the address before; asked for an interrupted instruction it is one row late where a row begins.
  if (!ask_libunwind(pc + (exact ? 1 : 0), rsp, rbp, &theirs)) return;
  if (ours == theirs) {
    ++tally->agreed;
  } else if (tally->differences.size() < 10) {
    Dl_info where = {};
    dladdr(reinterpret_cast<void*>(pc), &where);
    tally->differences.push_back(std::string(where.dli_fname ? where.dli_fname : "?") + " " +
                                 (where.dli_sname ? where.dli_sname : "?") + " +" +
                                 std::to_string(pc - reinterpret_cast<uint64_t>(where.dli_fbase)) +
                                 (exact ? " exact" : "") + say(ours, rsp, rbp) + say(theirs, rsp, rbp));
  }
  tally->differed += ours != theirs;
}

Tally compare_module(const void* inside, unsigned every) {
  static const Memory memory;
  Tally tally;
  std::vector<Function> functions = functions_of(inside);
  for (size_t i = 0; i < functions.size(); i += every) {
    const Function& f = functions[i];
    if (f.size < 4) continue;
    for (uint64_t offset : {uint64_t{1}, uint64_t{5}, f.size / 4, f.size / 2, f.size - 1, f.size})
      if (offset >= 1 && offset <= f.size) compare(memory, f.begin + offset, false, &tally);
    for (uint64_t offset : {uint64_t{0}, uint64_t{1}}) compare(memory, f.begin + offset, true, &tally);
    Dl_info named = {};  // the linkage table has no name, and its rule depends on the address itself
    if (dladdr(reinterpret_cast<void*>(f.begin), &named) && reinterpret_cast<uint64_t>(named.dli_saddr) == f.begin)
      for (uint64_t offset : {f.size / 3, f.size - 1}) compare(memory, f.begin + offset, true, &tally);
  }
  return tally;
}

void check_module(const void* inside, unsigned every) {
  Tally tally = compare_module(inside, every);
  for (const std::string& difference : tally.differences) UNSCOPED_INFO(difference);
  CHECK(tally.differed == 0);
  CHECK(tally.agreed > 1000);
  CHECK(tally.cut < tally.agreed / 100);  // assembler that restores its frame from other registers than rsp and rbp
}

}  // namespace

TEST_CASE("unwind rules lead through libc as libunwind does") {
  check_module(reinterpret_cast<void*>(&std::memcpy), 1);
}

TEST_CASE("unwind rules lead through the loader as libunwind does") {
  check_module(reinterpret_cast<void*>(getauxval(AT_BASE) + 0x1000), 1);
}

TEST_CASE("unwind rules lead through libstdc++ as libunwind does") {
  void* (*allocate)(size_t) = &operator new;
  check_module(reinterpret_cast<void*>(allocate), 2);
}

TEST_CASE("unwind rules lead through an optimised program as libunwind does") {
  check_module(reinterpret_cast<void*>(&compare_module), 2);
}

TEST_CASE("an address that no module covers has no rule") {
  static const uint8_t data[16] = {};
  CHECK(lifeguard::read_rule(reinterpret_cast<uintptr_t>(static_cast<void*>(std::vector<int>(4).data())), false).cfa ==
        Rule::Cfa::unknown);
  CHECK(lifeguard::read_rule(reinterpret_cast<uintptr_t>(data) + 8, false).cfa == Rule::Cfa::unknown);
}

TEST_CASE("a rule survives being packed into a word") {
  for (int32_t offset : {8, 16, -8, 1 << 20, -(1 << 20)})
    for (int words : {-2, 0, 3, -4096}) {
      Rule rule{Rule::Cfa::frame, Rule::Rbp::at_cfa, offset, static_cast<int16_t>(words)};
      Rule again = Rule::unpack(rule.pack());
      CHECK(again.cfa == rule.cfa);
      CHECK(again.rbp == rule.rbp);
      CHECK(again.cfa_offset == rule.cfa_offset);
      CHECK(again.rbp_words == rule.rbp_words);
    }
  CHECK(Rule{}.pack() != 0);
}
