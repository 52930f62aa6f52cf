// A preload of somebody else's, which counts what it opens and passes it on. With CHOSEN its open is what a function of
// its own chooses at load time.
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int opened, sockets;

static int counted(const char* path, int flags, ...) {
  static int (*next)(const char*, int, ...);
  if (!next) next = (int (*)(const char*, int, ...))dlsym(RTLD_NEXT, "open");
  va_list more;
  va_start(more, flags);
  int mode = va_arg(more, int);
  va_end(more);
  if (strcmp(path, "/etc/passwd") == 0) ++opened;
  return next(path, flags, mode);
}
#ifdef CHOSEN
static int (*choose(void))(const char*, int, ...) { return counted; }
int open(const char* path, int flags, ...) __attribute__((ifunc("choose")));
#else
int open(const char* path, int flags, ...) { return counted(path, flags, 0); }
#endif

int socket(int domain, int type, int protocol) {
  ++sockets;
  return (int)syscall(SYS_socket, domain, type, protocol);
}

__attribute__((destructor)) static void tell(void) {
  char line[64];
  int size = snprintf(line, sizeof line, "counted %d and %d\n", opened, sockets);
  if (write(1, line, (size_t)size) != size) abort();
}
