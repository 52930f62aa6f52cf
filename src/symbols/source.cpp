#include "src/symbols/source.h"

namespace lifeguard::symbols {

report::Stack NoSymbols::resolve(const report::Module& module, uint64_t offset, bool exact) {
  report::Frame frame;
  frame.module = module.path;
  frame.build_id = module.build_id;
  frame.offset = offset;
  frame.exact = exact;
  return {frame};
}

}  // namespace lifeguard::symbols
