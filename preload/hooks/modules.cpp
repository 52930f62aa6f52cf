// Modules that a program loads by itself: what dlopen returned is its own until dlclose.
//
// dlopen looks at who called it: that one's search path and $ORIGIN count, and the module is loaded on its behalf. So
// nothing of ours may stand in between: entry.S has the call noted here and jumps on, with the program's own return
// address. What came of it is seen later. A module is known by the name it was asked for; one that is not loaded at the
// end was never opened, or is gone (remains.cpp).
#include <dlfcn.h>
#include <link.h>

#include "preload/hook.h"
#include "preload/ledger.h"
#include "preload/module_names.h"
#include "preload/modules.h"
#include "preload/passage.h"
#include "preload/state.h"
#include "preload/things.h"

namespace lifeguard {
namespace {

void asked_for(const char* name, Caller caller) {
  if (!name || !*name || !may_ask() || !passage::readable(name)) return;
  uint64_t id = module_id(name);
  if (ledger::Thing* known = thing(Kind::module, id))
    __atomic_fetch_add(&known->status, 1, __ATOMIC_RELAXED);
  else if (ledger::Thing* fresh = took(Kind::module, id, Detail::path(name), 0, caller))
    fresh->status = 1;
}

// As what it was asked for; null: that is not known.
ledger::Thing* opened_as(void* handle) {
  if (lifeguard_vfork_depth || stage() != Stage::recording || image.sealed || !handle ||
      book::used(ledger::Region::things) <= 1 || !passage::readable(handle))
    return nullptr;
  auto* map = static_cast<const link_map*>(handle);
  if (!map->l_name || !passage::readable(map->l_name)) return nullptr;
  for (uint64_t id : ModuleNames(map->l_name, map->l_ld).ids)
    if (ledger::Thing* known = id ? thing(Kind::module, id) : nullptr) return known;
  return nullptr;
}

}  // namespace

extern "C" {

[[gnu::visibility("hidden"), gnu::used]] void* lifeguard_next_dlopen = nullptr;
[[gnu::visibility("hidden"), gnu::used]] void* lifeguard_next_dlmopen = nullptr;

}  // extern "C"

HOOK_ROW(dlopen)
HOOK_ROW(dlmopen)

// Return where to jump to. stack: where the program's return address lies; frame: its rbp.
extern "C" {

[[gnu::visibility("hidden"), gnu::used]] void* lifeguard_before_dlopen(const char* name, const uintptr_t* stack,
                                                                       uintptr_t frame) {
  asked_for(name, Caller{*stack, reinterpret_cast<uintptr_t>(stack + 1), frame});
  return lifeguard_next_dlopen ? lifeguard_next_dlopen : resolve(lifeguard_row_dlopen);
}
[[gnu::visibility("hidden"), gnu::used]] void* lifeguard_before_dlmopen(const char* name, const uintptr_t* stack,
                                                                        uintptr_t frame) {
  asked_for(name, Caller{*stack, reinterpret_cast<uintptr_t>(stack + 1), frame});
  return lifeguard_next_dlmopen ? lifeguard_next_dlmopen : resolve(lifeguard_row_dlmopen);
}

}  // extern "C"

HOOK(int, dlclose, (void* handle)) {
  ledger::Thing* known = opened_as(handle);
  int result = REAL(dlclose)(handle);
  if (result != 0 || lifeguard_vfork_depth) return result;
  if (known && __atomic_sub_fetch(&known->status, 1, __ATOMIC_RELAXED) <= 0) gave(Kind::module, known->id);
  book::modules_changed();
  return result;
}

}  // namespace lifeguard
