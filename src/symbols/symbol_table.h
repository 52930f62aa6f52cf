// A module's functions by address, from its symbol tables (.symtab, .dynsym, .gnu_debugdata): what names code that has
// no debug information. Sorted once, since libdwfl's own search reads the whole table for every address.
#pragma once

#include <elfutils/libdwfl.h>

#include <cstdint>
#include <string>
#include <vector>

namespace lifeguard::symbols {

class SymbolTable {
 public:
  void read(Dwfl_Module* module);
  // The mangled name; null where no function is known to be there.
  const char* at(uint64_t address) const;

 private:
  struct Symbol {
    uint64_t address, size;
    const char* name;  // in the module's string table
    int rank;          // of several at one place: a function before an untyped label, a global before a local name
  };
  std::vector<Symbol> symbols_;
  uint64_t entry_ = 0;
};

}  // namespace lifeguard::symbols
