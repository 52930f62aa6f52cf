// What the library has said into the file `said` (options: report=said). Without the library that is nothing, and the
// victims of it only do what they do.
#pragma once

#include "victim.h"

static inline int is_watched(void) { return getenv("LD_PRELOAD") != NULL; }

// How often these words are in it.
static inline int said(const char* words) {
  static char text[65536];
  int fd = raw_open("said", O_RDONLY), n = 0;
  long size = fd < 0 ? 0 : raw_syscall(SYS_read, fd, (long)text, sizeof text - 1, 0);
  if (fd >= 0) raw_close(fd);
  text[size > 0 ? size : 0] = 0;
  for (const char* at = text; (at = strstr(at, words)); at += strlen(words)) ++n;
  return n;
}
#define CHECK_SAID_SOME(words) CHECK((said(words) > 0) == is_watched())
#define CHECK_SAID(words, times) CHECK(said(words) == (is_watched() ? (times) : 0))
