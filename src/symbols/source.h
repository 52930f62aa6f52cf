// Who knows what stands at an address. The judge asks through this, so that tests can answer in libdw's place.
#pragma once

#include "src/report/model.h"

namespace lifeguard::symbols {

class Source {
 public:
  virtual ~Source() = default;
  // The frames that one machine frame stands for: several where functions were inlined, innermost first, never none.
  // exact: offset is the very place, not where a call returns to. What is not known stays empty.
  virtual report::Stack resolve(const report::Module& module, uint64_t offset, bool exact) = 0;
};

// Knows nothing but modules and offsets.
class NoSymbols : public Source {
 public:
  report::Stack resolve(const report::Module& module, uint64_t offset, bool exact) override;
};

}  // namespace lifeguard::symbols
