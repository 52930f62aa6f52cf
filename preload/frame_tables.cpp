#include "preload/frame_tables.h"

namespace lifeguard::frame_tables {

Entry entry_at(const uint8_t* at) {
  uint32_t length;
  __builtin_memcpy(&length, at, 4);
  if (length == 0 || length >= 0xfffffff0 || length > (1u << 20)) return {};
  return {at + 4, at + 4 + length};
}

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

}  // namespace lifeguard::frame_tables
