// Addresses to functions, files and lines by libdw: inlined functions included, separate debug files and debuginfod by
// build-id, the symbol table where there is no debug information. Modules and addresses are looked up once.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "src/symbols/source.h"

namespace lifeguard::symbols {

class LoadedModule;

class DwarfSymbols : public Source {
 public:
  // network: whether debuginfod servers named in DEBUGINFOD_URLS may be asked.
  explicit DwarfSymbols(bool network);
  ~DwarfSymbols() override;
  report::Stack resolve(const report::Module& module, uint64_t offset, bool exact) override;

 private:
  bool network_;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<LoadedModule>> modules_;
};

}  // namespace lifeguard::symbols
