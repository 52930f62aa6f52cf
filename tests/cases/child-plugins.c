// Children that load other plugins to the same place, one after the other: what one of them learned of its code is not
// told of another's, however much of it they hand on.
// hooks: fork open close waitpid
// plugin first: -DNAME=first_plugin
// plugin second: -DNAME=other_plugin
// plugin third: -DNAME=third_plugin
// expect: open-at-end file 1 in first_plugin stack first_plugin,plugin_opens,call_plugin
// expect: open-at-end file 1 in other_plugin stack other_plugin,plugin_opens,call_plugin
// expect: open-at-end file 1 in third_plugin stack third_plugin,plugin_opens,call_plugin
// options: keep=findings
// allow: open-at-end module
#include <dlfcn.h>

#include "children.h"

#ifdef PLUGIN
int plugin_opens(void);
SITE static int NAME(void) { return open(PLAIN_FILE, O_RDONLY); }
int plugin_opens(void) {
  int fd = NAME();
  CHECK(fd > 2);
  return fd;
}
#else
SITE static int call_plugin(int (*opens)(void)) {
  int fd = opens();
  CHECK(fd > 2);
  return fd;
}

static void child(const char* path, int leaks) {
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    void* plugin = dlopen(path, RTLD_NOW);
    CHECK(plugin != NULL);
    int fd = call_plugin((int (*)(void))dlsym(plugin, "plugin_opens"));
    if (!leaks) CHECK(close(fd) == 0);
    _exit(0);
  }
  CHECK(waitpid(pid, NULL, 0) == pid);
}

void victim(void) {
  static const char* const paths[] = {PLUGINS "/first.so", PLUGINS "/second.so", PLUGINS "/third.so"};
  for (int i = 0; i < 63; ++i) {
    int leaks = i % 21 == 20;  // the first with a plugin that those before it did not have
    child(paths[(i / 21 + leaks) % 3], leaks);
  }
}
#endif
