#include "preload/real.h"

#include <dlfcn.h>

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

void resolve_all() {
  for (const HookRow* row = __start_lifeguard_hooks; row != __stop_lifeguard_hooks; ++row) resolve(*row);
}

}  // namespace lifeguard
