// A program in C with a Python inside, or several: each library named is loaded, started, and runs a script that keeps a
// file open; is ended, and started and used again, and a file is opened in between. Leaves by _exit.
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void* name(void* library, const char* symbol) {
  void* found = dlsym(library, symbol);
  if (!found) {
    fprintf(stderr, "%s\n", dlerror());
    exit(2);
  }
  return found;
}

__attribute__((noinline)) static void host_runs(void* library, const char* script) {
  int (*run)(const char*, void*) = (int (*)(const char*, void*))name(library, "PyRun_SimpleStringFlags");
  if (run(script, NULL) != 0) exit(3);
  asm volatile("");
}

__attribute__((noinline)) static void host_opens(void) {
  if (open("/etc/hosts", O_RDONLY) < 0) exit(4);
  asm volatile("");
}

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    void* library = dlopen(argv[i], RTLD_NOW | RTLD_LOCAL);
    if (!library) {
      fprintf(stderr, "%s\n", dlerror());
      return 2;
    }
    for (int again = 0; again < 2; ++again) {
      ((void (*)(int))name(library, "Py_InitializeEx"))(0);
      host_runs(library,
                "import os\nkept = []\ndef embedded():\n    os.dup(os.open('/etc/passwd', os.O_RDONLY))\nembedded()\n");
      ((int (*)(void))name(library, "Py_FinalizeEx"))();
      host_opens();
    }
  }
  _exit(0);
}
