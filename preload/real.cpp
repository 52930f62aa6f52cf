#include "preload/real.h"

#include <dlfcn.h>

#include "preload/state.h"
#include "preload/symbols.h"

// The linker makes these for a section whose name is an identifier: first row and end of the table that HOOK_ROW fills.
extern "C" {
[[gnu::visibility("hidden")]] extern const lifeguard::HookRow __start_lifeguard_hooks[];
[[gnu::visibility("hidden")]] extern const lifeguard::HookRow __stop_lifeguard_hooks[];
// Its hook is in entry.S, and goes on by what is known already.
[[gnu::visibility("hidden")]] extern const lifeguard::HookRow lifeguard_row_syscall;
}

namespace lifeguard {

namespace {

// The last of the modules that the program starts with: they follow each other as they are searched, and stay.
const link_map* last_at_start = nullptr;

const link_map* behind_this() {
  dl_find_object own;
  return _dl_find_object(reinterpret_cast<void*>(&resolve), &own) == 0 ? own.dlfo_link_map->l_next : nullptr;
}

// Visit(symbols) for each of them, in the order in which they are searched, until it returns false. True: nothing else
// can define what is looked for.
template <typename Visit>
bool each_behind(Visit visit) {
  for (const link_map* link = behind_this(); link; link = link->l_next) {
    Symbols symbols(link);
    if (!symbols.searchable()) return false;  // whatever it defines would be passed over
    if (!visit(symbols) || link == last_at_start) return true;
  }
  return false;
}

// Null: it is nothing that can be called as it is.
void* function_of(const Symbols& symbols, const Elf64_Sym& symbol) {
  uintptr_t place = symbols.bias() + symbol.st_value;
  if (symbol.st_shndx == SHN_ABS) return nullptr;
  if (ELF64_ST_TYPE(symbol.st_info) == STT_GNU_IFUNC) return reinterpret_cast<void* (*)()>(place)();  // it chooses one
  return ELF64_ST_TYPE(symbol.st_info) == STT_FUNC ? reinterpret_cast<void*>(place) : nullptr;
}

void* keep(const HookRow& row, void* next) {
  __atomic_store_n(row.next(), next, __ATOMIC_RELEASE);
  return next;
}

void* ask_loader(const HookRow& row) { return keep(row, dlsym(RTLD_NEXT, row.name())); }

void resolve_rest() {
  for (const HookRow* row = __start_lifeguard_hooks; row != __stop_lifeguard_hooks; ++row)
    if (!*row->next()) ask_loader(*row);
}

// Many at once: what this takes is the waiting for memory that nothing has touched yet.
void resolve_in(const Symbols& symbols) {
  constexpr size_t at_once = 64;
  uint32_t wanted[at_once], first[at_once];
  const HookRow* end = __stop_lifeguard_hooks;
  for (const HookRow* row = __start_lifeguard_hooks; row < end; row += at_once) {
    size_t count = static_cast<size_t>(end - row) < at_once ? static_cast<size_t>(end - row) : at_once;
    for (size_t i = 0; i < count; ++i) symbols.expect(wanted[i] = Symbols::hash(row[i].name()));
    for (size_t i = 0; i < count; ++i) first[i] = *row[i].next() ? 0 : symbols.first(wanted[i]);
    for (size_t i = 0; i < count; ++i)
      if (const Elf64_Sym* symbol = symbols.find(row[i].name(), wanted[i], first[i]))
        keep(row[i], function_of(symbols, *symbol));
  }
}

}  // namespace

void* resolve(const HookRow& row) {
  void* next = nullptr;
  each_behind([&](const Symbols& symbols) {
    const Elf64_Sym* symbol = symbols.find(row.name());
    if (symbol) next = function_of(symbols, *symbol);
    return !symbol;
  });
  return next ? keep(row, next) : ask_loader(row);
}

void prepare_to_resolve() {
  const link_map* link = behind_this();
  while (link && link->l_next) link = link->l_next;
  last_at_start = link;
  if (!each_behind([](const Symbols&) { return true; })) resolve_rest();
  if (!*lifeguard_row_syscall.next()) resolve(lifeguard_row_syscall);
}

void resolve_all() {
  static constinit bool done = false;
  if (__atomic_exchange_n(&done, true, __ATOMIC_RELAXED)) return;
  each_behind([](const Symbols& symbols) {
    resolve_in(symbols);
    return true;
  });
}

}  // namespace lifeguard
