// The tables of .eh_frame, read in place: where an address's entry is, and what its head says.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace lifeguard::frame_tables {

inline constexpr unsigned rbp_register = 6, rsp_register = 7, return_register = 16;

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

Entry entry_at(const uint8_t* at);

// What the entries of one compiler have in common.
struct Cie {
  uint64_t code_factor = 1;
  int64_t data_factor = 1;
  uint8_t pointer_encoding = 0;
  bool signal_frame = false;
  bool has_augmentation_data = false;
  const uint8_t* program = nullptr;
  const uint8_t* end = nullptr;
};

bool read_cie(const uint8_t* at, Cie* cie);

// The entry (an FDE) for an address, by the sorted table in .eh_frame_hdr.
const uint8_t* find_fde(const uint8_t* header, uint64_t pc);

}  // namespace lifeguard::frame_tables
