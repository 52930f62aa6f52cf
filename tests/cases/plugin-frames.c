// Two plugins of different frames at the same place: rules learned for the code of one do not serve the other's.
// hooks: open dlclose
// plugin small: -DROOM=64
// plugin large: -DROOM=4096
// expect: open-at-end file 8 in plugin_opens stack plugin_opens,call_plugin,victim
// expect: open-at-end file 8 in plugin_opens stack plugin_opens,call_plugin,victim
#include <dlfcn.h>

#include "victim.h"

#ifdef PLUGIN
int plugin_opens(void);
int plugin_opens(void) {
  volatile char room[ROOM];
  room[ROOM - 1] = 1;
  int fd = open(PLAIN_FILE, O_RDONLY);
  CHECK(fd > 2 && room[ROOM - 1] == 1);
  return fd;
}
#else
SITE static int call_plugin(int (*opens)(void)) {
  int fd = opens();
  CHECK(fd > 2);
  return fd;
}

void victim(void) {
  for (int i = 0; i < 16; ++i) {
    void* plugin = dlopen(i % 2 ? PLUGINS "/small.so" : PLUGINS "/large.so", RTLD_NOW);
    CHECK(plugin != NULL);
    CHECK(call_plugin((int (*)(void))dlsym(plugin, "plugin_opens")) > 2 && dlclose(plugin) == 0);
  }
}
#endif
