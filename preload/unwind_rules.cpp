#include "preload/unwind_rules.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

namespace lifeguard {
namespace {

constexpr unsigned rbp_register = 6, rsp_register = 7, return_register = 16;

// Reads the encodings of .eh_frame; stops at end and remembers that it ran over it.
class Bytes {
 public:
  Bytes(const uint8_t* at, const uint8_t* end) : at_(at), end_(end) {}

  const uint8_t* at() const { return at_; }
  bool more() const { return !bad_ && at_ < end_; }
  bool bad() const { return bad_; }
  void skip(uint64_t n) {
    if (n > static_cast<uint64_t>(end_ - at_)) {
      bad_ = true;
      at_ = end_;
    } else {
      at_ += n;
    }
  }

  template <typename T>
  T fixed() {
    T value = 0;
    if (static_cast<size_t>(end_ - at_) < sizeof value) {
      bad_ = true;
      at_ = end_;
      return value;
    }
    __builtin_memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }

  uint64_t uleb() {
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      uint8_t byte = fixed<uint8_t>();
      if (shift < 64) value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (!(byte & 0x80) || bad_) return value;
    }
  }

  int64_t sleb() {
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte;
    do {
      byte = fixed<uint8_t>();
      if (shift < 64) value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      shift += 7;
    } while ((byte & 0x80) && !bad_);
    if ((byte & 0x40) && shift < 64) value |= ~0ull << shift;
    return static_cast<int64_t>(value);
  }

  // A pointer in one of the DW_EH_PE encodings that toolchains emit here: absolute or relative to its own place.
  uint64_t pointer(uint8_t encoding) {
    uint64_t base = (encoding & 0x70) == 0x10 ? reinterpret_cast<uint64_t>(at_) : 0;
    if ((encoding & 0x70) > 0x10) bad_ = true;
    return base + value(encoding);
  }
  uint64_t value(uint8_t encoding) {
    switch (encoding & 0x0f) {
      case 0x00:
      case 0x04:
      case 0x0c:
        return fixed<uint64_t>();
      case 0x02:
        return fixed<uint16_t>();
      case 0x03:
        return fixed<uint32_t>();
      case 0x0a:
        return static_cast<uint64_t>(static_cast<int64_t>(fixed<int16_t>()));
      case 0x0b:
        return static_cast<uint64_t>(static_cast<int64_t>(fixed<int32_t>()));
      default:
        bad_ = true;
        return 0;
    }
  }

 private:
  const uint8_t* at_;
  const uint8_t* end_;
  bool bad_ = false;
};

// One entry of .eh_frame (a CIE or an FDE), without its length; empty at the terminator or where it makes no sense.
struct Entry {
  const uint8_t* id = nullptr;  // where the CIE pointer stands
  const uint8_t* end = nullptr;
};

Entry entry_at(const uint8_t* at) {
  uint32_t length;
  __builtin_memcpy(&length, at, 4);
  if (length == 0 || length >= 0xfffffff0 || length > (1u << 20)) return {};
  return {at + 4, at + 4 + length};
}

struct Cie {
  uint64_t code_factor = 1;
  int64_t data_factor = 1;
  uint8_t pointer_encoding = 0;
  bool signal_frame = false;
  bool has_augmentation_data = false;
  const uint8_t* program = nullptr;
  const uint8_t* end = nullptr;
};

bool read_cie(const uint8_t* at, Cie* cie) {
  Entry entry = entry_at(at);
  if (!entry.id) return false;
  Bytes bytes(entry.id + 4, entry.end);
  uint8_t version = bytes.fixed<uint8_t>();
  const char* augmentation = reinterpret_cast<const char*>(bytes.at());
  while (bytes.more() && bytes.fixed<uint8_t>()) {
  }
  if (version == 4) bytes.skip(2);
  cie->code_factor = bytes.uleb();
  cie->data_factor = bytes.sleb();
  uint64_t return_column = version == 1 ? bytes.fixed<uint8_t>() : bytes.uleb();
  if (bytes.bad() || return_column != return_register) return false;
  if (augmentation[0] == 'z') {
    cie->has_augmentation_data = true;
    uint64_t size = bytes.uleb();
    const uint8_t* program = bytes.at() + size;
    for (const char* letter = augmentation + 1; *letter; ++letter) {
      if (*letter == 'R') {
        cie->pointer_encoding = bytes.fixed<uint8_t>();
      } else if (*letter == 'P') {
        uint8_t encoding = bytes.fixed<uint8_t>();
        bytes.value(encoding);
      } else if (*letter == 'L') {
        bytes.skip(1);
      } else if (*letter == 'S') {
        cie->signal_frame = true;
      } else if (*letter != 'B') {
        break;  // unknown: the rest of the data is skipped by its size
      }
    }
    if (program > entry.end) return false;
    cie->program = program;
  } else if (augmentation[0] == 0) {
    cie->program = bytes.at();
  } else {
    return false;
  }
  cie->end = entry.end;
  return !bytes.bad();
}

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

// A DWARF expression over registers that are not known: base + number, where the base is rsp, rbp, or a word read from
// memory at rbp + number. The instruction's address is known, which is what the PLT's expression asks for.
struct Symbolic {
  enum class Base : uint8_t { number, rsp, rbp, word_at_rbp, word_elsewhere } base = Base::number;
  int64_t number = 0;
};

bool evaluate(const uint8_t* expression, uint64_t pc, Symbolic* result) {
  Bytes sized(expression, expression + 16);
  uint64_t size = sized.uleb();
  if (size > 256) return false;
  Bytes bytes(sized.at(), sized.at() + size);
  Symbolic stack[8];
  unsigned depth = 0;
  while (bytes.more()) {
    uint8_t op = bytes.fixed<uint8_t>();
    Symbolic value;
    if (op >= 0x30 && op <= 0x4f) {
      value.number = op - 0x30;
    } else if (op == 0x08) {
      value.number = bytes.fixed<uint8_t>();
    } else if (op == 0x09) {
      value.number = bytes.fixed<int8_t>();
    } else if (op == 0x0a) {
      value.number = bytes.fixed<uint16_t>();
    } else if (op == 0x0b) {
      value.number = bytes.fixed<int16_t>();
    } else if (op >= 0x70 && op <= 0x8f) {
      value.number = bytes.sleb();
      switch (op - 0x70) {
        case rbp_register:
          value.base = Symbolic::Base::rbp;
          break;
        case rsp_register:
          value.base = Symbolic::Base::rsp;
          break;
        case return_register:
          value.number += static_cast<int64_t>(pc);
          break;
        default:
          return false;
      }
    } else if (op == 0x06 && depth) {  // deref
      Symbolic& top = stack[depth - 1];
      if (top.base != Symbolic::Base::rbp) return false;
      top.base = Symbolic::Base::word_at_rbp;
      continue;
    } else if (op == 0x23 && depth) {  // plus_uconst
      if (stack[depth - 1].base == Symbolic::Base::word_at_rbp) return false;
      stack[depth - 1].number += static_cast<int64_t>(bytes.uleb());
      continue;
    } else if (depth >= 2) {
      Symbolic b = stack[--depth], &a = stack[depth - 1];
      if (b.base != Symbolic::Base::number || a.base == Symbolic::Base::word_at_rbp) return false;
      if (op == 0x22) {
        a.number += b.number;
        continue;
      }
      if (op == 0x1c) {
        a.number -= b.number;
        continue;
      }
      if (a.base != Symbolic::Base::number) return false;
      switch (op) {
        case 0x1a:
          a.number &= b.number;
          break;
        case 0x24:
          a.number = static_cast<int64_t>(static_cast<uint64_t>(a.number) << (b.number & 63));
          break;
        case 0x2a:
          a.number = a.number >= b.number;
          break;
        default:
          return false;
      }
      continue;
    } else {
      return false;
    }
    if (depth == 8) return false;
    stack[depth++] = value;
  }
  if (bytes.bad() || depth != 1) return false;
  *result = stack[0];
  return true;
}

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

// The FDE for an address, by the sorted table in .eh_frame_hdr.
const uint8_t* find_fde(const uint8_t* header, uint64_t pc) {
  constexpr uint8_t udata4 = 0x03, datarel_sdata4 = 0x3b;
  if (header[0] != 1 || header[2] != udata4 || header[3] != datarel_sdata4) return nullptr;
  Bytes bytes(header + 4, header + 32);
  bytes.value(header[1]);
  uint32_t count = bytes.fixed<uint32_t>();
  struct Pair {
    int32_t location, fde;
  };
  auto* table = reinterpret_cast<const Pair*>(bytes.at());
  int64_t wanted = static_cast<int64_t>(pc - reinterpret_cast<uint64_t>(header));
  uint32_t low = 0, high = count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (table[middle].location <= wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low ? header + table[low - 1].fde : nullptr;
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
