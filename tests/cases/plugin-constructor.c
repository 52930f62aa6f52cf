// Opened by a plugin's constructor, inside dlopen, and by its destructor, inside dlclose.
// hooks: open dlclose
// plugin starter:
// expect: open-at-end file 1 in plugin_starts stack plugin_starts,~,load_it
// expect: open-at-end file 1 in plugin_stops stack plugin_stops,~,unload_it
#include <dlfcn.h>

#include "victim.h"

#ifdef PLUGIN
__attribute__((constructor)) static void plugin_starts(void) { CHECK(open(PLAIN_FILE, O_RDONLY) > 2); }
__attribute__((destructor)) static void plugin_stops(void) { CHECK(open(PLAIN_FILE, O_RDONLY) > 2); }
#else
SITE static void* load_it(void) {
  void* plugin = dlopen(PLUGINS "/starter.so", RTLD_NOW);
  CHECK(plugin != NULL);
  return plugin;
}
SITE static void unload_it(void* plugin) { CHECK(dlclose(plugin) == 0); }

void victim(void) { unload_it(load_it()); }
#endif
