// Two plugins loaded one after the other to the same place: each site keeps the name of the code that was there then.
// hooks: open dlclose
// plugin first: -DNAME=first_plugin
// plugin second: -DNAME=other_plugin
// expect: open-at-end file 3 in first_plugin detail /etc/passwd stack first_plugin,call_plugin,load_call_unload
// expect: open-at-end file 3 in other_plugin detail /etc/passwd stack other_plugin,call_plugin,load_call_unload
#include <dlfcn.h>

#include "victim.h"

#ifdef PLUGIN
int NAME(void);
int NAME(void) {
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

SITE static void* load_call_unload(const char* path, const char* name) {
  void* plugin = dlopen(path, RTLD_NOW);
  CHECK(plugin != NULL);
  int (*opens)(void) = (int (*)(void))dlsym(plugin, name);
  CHECK(opens != NULL && call_plugin(opens) > 2 && dlclose(plugin) == 0);
  return (void*)opens;
}

void victim(void) {
  const char *paths[] = {PLUGINS "/first.so", PLUGINS "/second.so"}, *names[] = {"first_plugin", "other_plugin"};
  void* places[2];
  for (int i = 0; i < 6; ++i) places[i % 2] = load_call_unload(paths[i % 2], names[i % 2]);
  CHECK(places[0] == places[1]);
}
#endif
