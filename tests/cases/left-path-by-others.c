// What another process of the run removes is not left behind, nor is what others have put in its place since.
// hooks: mkstemp mkdtemp fork waitpid
// expect: left-behind path 1 in leak_left
#include <sys/wait.h>

#include "victim.h"

static char path[64];

SITE static void leak_removed(void) {
  strcpy(path, "gone-XXXXXX");
  CHECK(close(mkstemp(path)) == 0);
}
SITE static void leak_replaced(void) {
  strcpy(path, "replaced-XXXXXX");
  CHECK(close(mkstemp(path)) == 0);
}
SITE static void leak_replaced_folder(void) {
  strcpy(path, "replaced-XXXXXX");
  CHECK(mkdtemp(path) == path);
}
SITE static void leak_left(void) {
  strcpy(path, "left-XXXXXX");
  CHECK(close(mkstemp(path)) == 0);
}

void victim(void) {
  int status;
  leak_removed();
  pid_t child = fork();
  if (child == 0) {
    CHECK(unlink(path) == 0);
    exit(0);
  }
  CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
  leak_removed();
  CHECK(raw_syscall(SYS_unlink, (long)path, 0, 0, 0) == 0);
  // A file in between takes the number that has become free, where the file system gives it out again at once.
  leak_replaced();
  CHECK(raw_syscall(SYS_unlink, (long)path, 0, 0, 0) == 0 && raw_close(raw_open("between", O_CREAT)) == 0);
  CHECK(raw_close(raw_open(path, O_CREAT)) == 0);
  leak_replaced_folder();
  CHECK(raw_syscall(SYS_rmdir, (long)path, 0, 0, 0) == 0 && raw_close(raw_open("further", O_CREAT)) == 0);
  CHECK(raw_syscall(SYS_mkdir, (long)path, 0700, 0, 0) == 0);
  leak_left();
}
