#include "preload/unwind_rules.h"

#include <dlfcn.h>
#include <link.h>
#include <sys/auxv.h>

#include "preload/frame_expressions.h"
#include "preload/frame_tables.h"

namespace lifeguard {
namespace {

using namespace frame_tables;

// Where a register of the caller is, or what the canonical frame address is: enough of DWARF's ways for two registers.
struct Place {
  enum class How : uint8_t { same, undefined, cfa_offset, expression, other } how = How::same;
  int64_t offset = 0;
  const uint8_t* expression = nullptr;
};

struct Row {
  uint64_t cfa_register = rsp_register;
  int64_t cfa_offset = 8;
  const uint8_t* cfa_expression = nullptr;
  Place rbp, ra;
};

class Program {
 public:
  Program(const Cie& cie, uint64_t location) : cie_(cie), location_(location) {}

  Row row;

  // Runs call-frame instructions until they describe an address beyond target. False: something not understood.
  bool run(const uint8_t* at, const uint8_t* end, uint64_t target, const Row* initial) {
    Bytes bytes(at, end);
    while (bytes.more()) {
      uint8_t op = bytes.fixed<uint8_t>();
      uint64_t low = op & 0x3f;
      switch (op >> 6) {
        case 1:
          if (!advance(low, target)) return true;
          continue;
        case 2:
          set(low, {Place::How::cfa_offset, static_cast<int64_t>(bytes.uleb()) * cie_.data_factor});
          continue;
        case 3:
          restore(low, initial);
          continue;
        default:
          break;
      }
      switch (op) {
        case 0x00:
          break;    // nop
        case 0x01:  // set_loc
          location_ = bytes.pointer(cie_.pointer_encoding);
          if (location_ > target) return true;
          break;
        case 0x02:
          if (!advance(bytes.fixed<uint8_t>(), target)) return true;
          break;
        case 0x03:
          if (!advance(bytes.fixed<uint16_t>(), target)) return true;
          break;
        case 0x04:
          if (!advance(bytes.fixed<uint32_t>(), target)) return true;
          break;
        case 0x05: {  // offset_extended
          uint64_t reg = bytes.uleb();
          set(reg, {Place::How::cfa_offset, static_cast<int64_t>(bytes.uleb()) * cie_.data_factor});
          break;
        }
        case 0x06:
          restore(bytes.uleb(), initial);
          break;
        case 0x07:
          set(bytes.uleb(), {Place::How::undefined});
          break;
        case 0x08:
          set(bytes.uleb(), {Place::How::same});
          break;
        case 0x09: {  // register
          uint64_t reg = bytes.uleb();
          bytes.uleb();
          set(reg, {Place::How::other});
          break;
        }
        case 0x0a:  // remember_state
          if (depth_ == 8) return false;
          saved_[depth_++] = row;
          break;
        case 0x0b:  // restore_state
          if (depth_ == 0) return false;
          row = saved_[--depth_];
          break;
        case 0x0c:  // def_cfa
          row.cfa_register = bytes.uleb();
          row.cfa_offset = static_cast<int64_t>(bytes.uleb());
          row.cfa_expression = nullptr;
          break;
        case 0x0d:
          row.cfa_register = bytes.uleb();
          row.cfa_expression = nullptr;
          break;
        case 0x0e:
          row.cfa_offset = static_cast<int64_t>(bytes.uleb());
          break;
        case 0x0f: {  // def_cfa_expression
          row.cfa_expression = bytes.at();
          bytes.skip(bytes.uleb());
          break;
        }
        case 0x10:
        case 0x16: {  // expression, val_expression
          uint64_t reg = bytes.uleb();
          const uint8_t* expression = bytes.at();
          bytes.skip(bytes.uleb());
          set(reg, {op == 0x10 ? Place::How::expression : Place::How::other, 0, expression});
          break;
        }
        case 0x11: {  // offset_extended_sf
          uint64_t reg = bytes.uleb();
          set(reg, {Place::How::cfa_offset, bytes.sleb() * cie_.data_factor});
          break;
        }
        case 0x12:
          row.cfa_register = bytes.uleb();
          row.cfa_offset = bytes.sleb() * cie_.data_factor;
          row.cfa_expression = nullptr;
          break;
        case 0x13:
          row.cfa_offset = bytes.sleb() * cie_.data_factor;
          break;
        case 0x14:
        case 0x15: {  // val_offset
          uint64_t reg = bytes.uleb();
          bytes.uleb();
          set(reg, {Place::How::other});
          break;
        }
        case 0x2e:
          bytes.uleb();
          break;  // GNU_args_size
        default:
          return false;
      }
    }
    return !bytes.bad();
  }

 private:
  bool advance(uint64_t delta, uint64_t target) {
    location_ += delta * cie_.code_factor;
    return location_ <= target;
  }
  Place* place(uint64_t reg) { return reg == rbp_register ? &row.rbp : reg == return_register ? &row.ra : nullptr; }
  void set(uint64_t reg, Place value) {
    if (Place* p = place(reg)) *p = value;
  }
  void restore(uint64_t reg, const Row* initial) {
    Row fresh;
    const Row& from = initial ? *initial : fresh;
    if (reg == rbp_register) row.rbp = from.rbp;
    if (reg == return_register) row.ra = from.ra;
  }

  const Cie& cie_;
  uint64_t location_;
  Row saved_[8];
  unsigned depth_ = 0;
};

Rule to_rule(const Row& row, uint64_t pc) {
  Rule rule;
  if (row.ra.how == Place::How::undefined) {
    rule.cfa = Rule::Cfa::outermost;
    return rule;
  }
  if (row.ra.how != Place::How::cfa_offset || row.ra.offset != -8) return rule;
  int64_t offset = row.cfa_offset;
  Rule::Cfa cfa = Rule::Cfa::unknown;
  if (row.cfa_expression) {
    Symbolic value;
    if (!evaluate(row.cfa_expression, pc, &value)) return rule;
    offset = value.number;
    if (value.base == Symbolic::Base::rsp) cfa = Rule::Cfa::stack;
    if (value.base == Symbolic::Base::rbp) cfa = Rule::Cfa::frame;
    if (value.base == Symbolic::Base::word_at_rbp) cfa = Rule::Cfa::through;
  } else if (row.cfa_register == rsp_register) {
    cfa = Rule::Cfa::stack;
  } else if (row.cfa_register == rbp_register) {
    cfa = Rule::Cfa::frame;
  }
  if (offset != static_cast<int32_t>(offset)) return rule;
  rule.cfa_offset = static_cast<int32_t>(offset);

  int64_t saved = 0;
  switch (row.rbp.how) {
    case Place::How::same:
      break;
    case Place::How::cfa_offset:
      rule.rbp = Rule::Rbp::at_cfa;
      saved = row.rbp.offset;
      break;
    case Place::How::expression: {
      Symbolic value;
      if (evaluate(row.rbp.expression, pc, &value) && value.base == Symbolic::Base::rbp) {
        rule.rbp = Rule::Rbp::at_frame;
        saved = value.number;
      } else {
        rule.rbp = Rule::Rbp::lost;
      }
      break;
    }
    default:
      rule.rbp = Rule::Rbp::lost;
  }
  if (saved % 8 || saved / 8 != static_cast<int16_t>(saved / 8)) {
    rule.rbp = Rule::Rbp::lost;
    saved = 0;
  }
  rule.rbp_words = static_cast<int16_t>(saved / 8);
  rule.cfa = cfa;
  return rule;
}

}  // namespace

Rule read_rule(uintptr_t pc, bool exact) {
  uintptr_t lookup = exact ? pc : pc - 1;
  dl_find_object object;
  if (_dl_find_object(reinterpret_cast<void*>(lookup), &object) != 0 || !object.dlfo_eh_frame) return {};
  // The loader's first instructions have no entry; before them there was no stack.
  bool loader = object.dlfo_link_map->l_addr == getauxval(AT_BASE);
  const Rule none{loader ? Rule::Cfa::outermost : Rule::Cfa::unknown};
  const uint8_t* at = find_fde(static_cast<const uint8_t*>(object.dlfo_eh_frame), lookup);
  if (!at) return none;
  Entry fde = entry_at(at);
  if (!fde.id) return none;
  uint32_t back;
  __builtin_memcpy(&back, fde.id, 4);
  Cie cie;
  if (back == 0 || !read_cie(fde.id - back, &cie)) return {};
  Bytes bytes(fde.id + 4, fde.end);
  uint64_t begin = bytes.pointer(cie.pointer_encoding);
  uint64_t size = bytes.value(cie.pointer_encoding);
  if (cie.has_augmentation_data) bytes.skip(bytes.uleb());
  if (bytes.bad() || lookup < begin || lookup - begin >= size) return none;
  if (cie.signal_frame) return {Rule::Cfa::signal};
  Program program(cie, begin);
  if (!program.run(cie.program, cie.end, UINT64_MAX, nullptr)) return {};
  Row initial = program.row;
  if (!program.run(bytes.at(), fde.end, lookup, &initial)) return {};
  return to_rule(program.row, pc);
}

}  // namespace lifeguard
