// The limit= option: KIND=N or KIND=P%, separated by commas. KIND is fd, for descriptors of all kinds, or a kind's
// name.
#pragma once

#include "src/ledger/kinds.h"
#include "src/options/slice.h"

namespace lifeguard {

struct Limit {
  uint32_t place;   // 0: fd; else the kind's number
  uint32_t number;  // 0: none
  bool percent;
};

// Takes the first one off. False: it is none that could be understood.
inline bool take_limit(Slice* list, Limit* limit) {
  Slice rest = take_until(list, ',');
  Slice kind = take_until(&rest, '=');
  limit->percent = !rest.empty() && rest.data[rest.size - 1] == '%';
  if (limit->percent) rest = rest.first(rest.size - 1);
  constexpr auto last = static_cast<uint32_t>(ledger::Kind::module);
  uint32_t place = 0;
  if (kind != "fd")
    for (place = 1; place <= last && kind != ledger::kind_name(static_cast<ledger::Kind>(place)); ++place) {
    }
  if (place > last || rest.empty() || rest.size > 9) return false;
  limit->place = place;
  limit->number = 0;
  for (char c : rest) {
    if (c < '0' || c > '9') return false;
    limit->number = limit->number * 10 + static_cast<uint32_t>(c - '0');
  }
  // Only of descriptors, processes and threads does the system say how many there may be.
  bool has_most = place <= static_cast<uint32_t>(ledger::Kind::thread);
  return !limit->percent || (has_most && limit->number <= 100);
}

}  // namespace lifeguard
