// Opened by a plugin that was loaded at run time: the site names the plugin's function.
// hooks: open
// plugin opener:
// allow: open-at-end module
// expect: open-at-end file 1 in plugin_opens stack plugin_opens,call_plugin,victim
#include <dlfcn.h>

#include "victim.h"

#ifdef PLUGIN
int plugin_opens(void) {
  int fd = open(PLAIN_FILE, O_RDONLY);
  CHECK(fd > 2);
  return fd;
}
#else
SITE static int call_plugin(int (*opens)(void)) {
  int fd = opens();
  CHECK(fd > 2);
  return fd;
}

void victim(void) {
  void* plugin = dlopen(PLUGINS "/opener.so", RTLD_NOW);
  CHECK(plugin != NULL);
  CHECK(call_plugin((int (*)(void))dlsym(plugin, "plugin_opens")) > 2);
}
#endif
