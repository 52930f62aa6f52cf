// A C program that loads a C++ plugin, which throws and catches, and then says whose the function is that throws.
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int count, char** arguments) {
  Dl_info whose;
  int fd = open("/etc/passwd", O_RDONLY);
  if (count < 2 || fd < 0) return 1;
  void* plugin = dlopen(arguments[1], RTLD_NOW);
  if (!plugin) return printf("%s\n", dlerror()), 2;
  int (*throws)(void) = (int (*)(void))dlsym(plugin, "throws_and_catches");
  void* (*raise)(void) = (void* (*)(void))dlsym(plugin, "who_raises");
  if (!throws || !raise || throws() != 42) return 3;
  if (!dladdr(raise(), &whose)) return 4;
  const char* name = strrchr(whose.dli_fname, '/');
  printf("%s\n", name ? name + 1 : whose.dli_fname);
  return close(fd);
}
