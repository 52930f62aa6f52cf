#include "src/symbols/symbol_table.h"

#include <gelf.h>

#include <algorithm>

namespace lifeguard::symbols {

void SymbolTable::read(Dwfl_Module* module) {
  GElf_Addr bias = 0;
  GElf_Ehdr header;
  if (Elf* elf = dwfl_module_getelf(module, &bias); elf && gelf_getehdr(elf, &header)) entry_ = header.e_entry + bias;
  const int count = dwfl_module_getsymtab(module);
  for (int i = 1; i < count; ++i) {
    GElf_Sym symbol;
    GElf_Addr address;
    const char* name = dwfl_module_getsym_info(module, i, &symbol, &address, nullptr, nullptr, nullptr);
    if (!name || !*name || *name == '.' || *name == '$' || symbol.st_shndx == SHN_UNDEF) continue;
    const int type = GELF_ST_TYPE(symbol.st_info);
    if (type != STT_FUNC && type != STT_GNU_IFUNC && type != STT_NOTYPE) continue;
    const int rank = (type == STT_NOTYPE ? 2 : 0) + (GELF_ST_BIND(symbol.st_info) == STB_LOCAL ? 1 : 0);
    symbols_.push_back({address, symbol.st_size, name, rank});
  }
  std::sort(symbols_.begin(), symbols_.end(), [](const Symbol& a, const Symbol& b) {
    if (a.address != b.address) return a.address < b.address;
    if (a.rank != b.rank) return a.rank > b.rank;  // the best last: the search comes from above
    return std::string_view(a.name) > std::string_view(b.name);
  });
}

const char* SymbolTable::at(uint64_t address) const {
  auto after = std::upper_bound(symbols_.begin(), symbols_.end(), address,
                                [](uint64_t a, const Symbol& symbol) { return a < symbol.address; });
  // A function may hold a smaller label of its own; look a little further back for one that covers the address.
  for (int looked = 0; after != symbols_.begin() && looked < 16; ++looked) {
    --after;
    if (after->size == 0 ? looked == 0 : address - after->address < after->size) return after->name;
  }
  // A stripped program's entry still has a name that everyone knows.
  constexpr uint64_t start_size = 64;
  return entry_ && address >= entry_ && address - entry_ < start_size ? "_start" : nullptr;
}

}  // namespace lifeguard::symbols
