// dlopen looks at who called it: a module is found beside the library that asks for it, by that one's own search path.
// hooks: dlopen dlclose
// plugin beside: -DBESIDE
// plugin asks: -DASKS -Wl,-rpath,$ORIGIN
// allow: open-at-end module
// expect-nothing
#include <dlfcn.h>

#include "victim.h"

#ifdef BESIDE
int in_plugin;
#elif defined ASKS
void* ask(const char* name) { return dlopen(name, RTLD_NOW); }
#else

void victim(void) {
  void* plugin = dlopen(PLUGINS "/asks.so", RTLD_NOW);
  CHECK(plugin && !dlopen("beside.so", RTLD_NOW));
  void* (*ask)(const char*) = (void* (*)(const char*))dlsym(plugin, "ask");
  CHECK(ask);
  void *by_path = ask("beside.so"), *by_origin = ask("$ORIGIN/beside.so");
  CHECK(by_path && by_origin == by_path && dlclose(by_path) == 0 && dlclose(by_origin) == 0 && dlclose(plugin) == 0);
}
#endif
