// What victims share that become their own program once more: the second time, STEP is in the environment.
#pragma once

#include "children.h"

extern char** environ;

static char self[4096], self_folder[4096];
static const char* self_name;

static inline void find_self(void) {
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  CHECK(length > 0);
  self[length] = 0;
  strcpy(self_folder, self);
  *strrchr(self_folder, '/') = 0;
  self_name = strrchr(self, '/') + 1;
}

static inline int step(void) {
  find_self();
  return getenv("STEP") ? atoi(getenv("STEP")) : 0;
}
static inline void next_step(int number) {
  char text[12];
  snprintf(text, sizeof text, "%d", number);
  CHECK(setenv("STEP", text, 1) == 0);
}

// What the program was given: its arguments, and its environment in its order. How the library comes in is left out.
static inline void print_given(void) {
  char text[8192];
  int fd = raw_open("/proc/self/cmdline", O_RDONLY);
  long size = raw_syscall(SYS_read, fd, (long)text, sizeof text, 0);
  raw_close(fd);
  for (long at = 0; at < size; at += (long)strlen(text + at) + 1) dprintf(1, "argument <%s>\n", text + at);
  for (char** entry = environ; *entry; ++entry)
    if (strncmp(*entry, "LD_PRELOAD=", 11) != 0 && strncmp(*entry, "LIFEGUARD_OPTIONS=", 18) != 0)
      dprintf(1, "environment <%s>\n", *entry);
  dprintf(1, "STEP %s\n", getenv("STEP") ? getenv("STEP") : "-");
}
