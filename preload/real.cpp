#include "preload/real.h"

#include <dlfcn.h>

#include "preload/symbols.h"

// The linker makes these for a section whose name is an identifier: first row and end of the table that HOOK fills.
extern "C" {
[[gnu::visibility("hidden")]] extern const lifeguard::HookRow __start_lifeguard_hooks[];
[[gnu::visibility("hidden")]] extern const lifeguard::HookRow __stop_lifeguard_hooks[];
}

namespace lifeguard {

void* resolve(const HookRow& row) {
  void* next = dlsym(RTLD_NEXT, row.name);
  __atomic_store_n(row.next, next, __ATOMIC_RELEASE);
  return next;
}

namespace {

void take(const Symbols& symbols, const HookRow& row, const Elf64_Sym* symbol) {
  if (!symbol) return;
  bool plain = ELF64_ST_TYPE(symbol->st_info) == STT_FUNC && symbol->st_shndx != SHN_ABS;
  if (!plain) return resolve(row), void();  // a function that chooses one, say
  __atomic_store_n(row.next, reinterpret_cast<void*>(symbols.bias() + symbol->st_value), __ATOMIC_RELEASE);
}

// Many at once: what this takes is the waiting for memory that nothing has touched yet.
void resolve_in(const Symbols& symbols) {
  constexpr size_t at_once = 64;
  uint32_t wanted[at_once], first[at_once];
  const HookRow* end = __stop_lifeguard_hooks;
  for (const HookRow* row = __start_lifeguard_hooks; row < end; row += at_once) {
    size_t count = static_cast<size_t>(end - row) < at_once ? static_cast<size_t>(end - row) : at_once;
    for (size_t i = 0; i < count; ++i) symbols.expect(wanted[i] = Symbols::hash(row[i].name));
    for (size_t i = 0; i < count; ++i) first[i] = *row[i].next ? 0 : symbols.first(wanted[i]);
    for (size_t i = 0; i < count; ++i) take(symbols, row[i], symbols.find(row[i].name, wanted[i], first[i]));
  }
}

}  // namespace

// The modules that a program starts with follow each other as they are searched, and nothing else is loaded yet.
void resolve_all() {
  dl_find_object own;
  const link_map* link = nullptr;
  if (_dl_find_object(reinterpret_cast<void*>(&resolve_all), &own) == 0) link = own.dlfo_link_map->l_next;
  for (; link; link = link->l_next) {
    Symbols symbols(link);
    if (!symbols.searchable()) break;  // whatever it defines would be passed over
    resolve_in(symbols);
  }
  for (const HookRow* row = __start_lifeguard_hooks; row != __stop_lifeguard_hooks; ++row)
    if (!*row->next) resolve(*row);
}

}  // namespace lifeguard
