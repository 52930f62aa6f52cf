// Files and directories made for a while: left, removed, renamed; also where they are named from another folder.
// hooks: mkstemp mkdtemp unlink unlinkat remove rmdir rename renameat renameat2
// expect: left-behind path 1 in leak_file detail *left-*
// expect: left-behind path 1 in leak_folder detail *left-*
#include <stdio.h>

#include "victim.h"

static char path[64], full[5000];

static int opened(void) {
  strcpy(path, "left-XXXXXX");
  int fd = mkstemp(path);
  CHECK(fd > 2);
  return fd;
}
SITE static void leak_file(void) {
  strcpy(path, "left-XXXXXX");
  CHECK(close(mkstemp(path)) == 0);
}
SITE static void leak_folder(void) {
  strcpy(path, "left-XXXXXX");
  CHECK(mkdtemp(path) == path);
}
static const char* whole(void) {
  CHECK(getcwd(full, 4000));
  strcat(full, "/");
  strcat(full, path);
  return full;
}

void victim(void) {
  leak_file();
  CHECK(unlink(path) == 0);
  leak_file();
  CHECK(unlinkat(AT_FDCWD, path, 0) == 0);
  leak_file();
  CHECK(remove(path) == 0);
  leak_file();
  CHECK(rename(path, "a-name") == 0 && unlink("a-name") == 0);
  leak_file();
  CHECK(renameat(AT_FDCWD, path, AT_FDCWD, "b-name") == 0);
  leak_file();
  CHECK(renameat2(AT_FDCWD, path, AT_FDCWD, "c-name", 0) == 0);
  leak_file();
  CHECK(unlink(whole()) == 0);
  leak_folder();
  CHECK(rmdir(path) == 0);
  leak_folder();
  CHECK(remove(path) == 0);
  leak_folder();
  CHECK(unlinkat(AT_FDCWD, path, AT_REMOVEDIR) == 0);
  int fd = opened();
  CHECK(unlink(path) == 0 && close(fd) == 0);
  leak_folder();
  leak_file();
  CHECK(unlink("not-there-at-all") == -1 && rename(path, "no/such/folder") == -1);
}
