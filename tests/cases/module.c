// What dlopen returned is the program's until dlclose, as often as it was asked for: each name is one. What could not be
// opened is nothing, nor is the program itself.
// hooks: dlopen dlmopen dlclose
// plugin small: -DSMALL
// plugin other: -DOTHER
// plugin third: -DTHIRD
// expect: open-at-end module 1 in leak_module severity note detail */small.so
// expect: open-at-end module 1 in leak_twice severity note detail *"/other.so (2 times)"
// expect: open-at-end module 1 in leak_by_name severity note detail libutil.so.1
// expect: open-at-end module 1 in leak_in_space severity note detail */third.so
#include <dlfcn.h>

#include "victim.h"

#ifdef PLUGIN
int in_plugin;
#else

SITE static void* leak_module(void) { return dlopen(PLUGINS "/small.so", RTLD_NOW); }
SITE static void* leak_twice(void) { return dlopen(PLUGINS "/other.so", RTLD_NOW); }
SITE static void* leak_by_name(void) { return dlopen("libutil.so.1", RTLD_NOW); }
SITE static void* leak_in_space(void) { return dlmopen(LM_ID_NEWLM, PLUGINS "/third.so", RTLD_NOW); }
SITE static void* none_such(void) { return dlopen(PLUGINS "/none.so", RTLD_NOW); }
SITE static void* this_program(void) { return dlopen(NULL, RTLD_NOW); }

void victim(void) {
  void *kept = leak_module(), *twice = leak_twice();
  CHECK(kept && leak_module() == kept && dlclose(kept) == 0);
  CHECK(twice && leak_twice() == twice && leak_twice() == twice && dlclose(twice) == 0);
  void* named = leak_by_name();
  CHECK(named && leak_by_name() == named && dlclose(named) == 0);
  void *in_space = leak_in_space(), *returned = leak_in_space();
  CHECK(in_space && returned && dlclose(returned) == 0);
  CHECK(!none_such() && dlerror() && !none_such() && dlerror() && this_program());
}
#endif
