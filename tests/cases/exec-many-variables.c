// Another program begun from a thread with the smallest stack there may be, with thousands of variables: by a fork, a
// spawn and a vfork, whose children leave nothing in this process's memory.
// hooks: fork execve posix_spawn vfork
// expect-nothing
// processes: 1
// ledger: any
#include <limits.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/wait.h>

#include "victim.h"

enum { variables = 4000 };
static char* arguments[] = {(char*)"true", NULL};
static char* environment[variables + 1];

static void ends_well(pid_t child) {
  int status;
  CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
}

static void* begins_three(void* unused) {
  pid_t child = fork();
  if (child == 0) _exit(execve("/bin/true", arguments, environment));
  ends_well(child);
  CHECK(posix_spawn(&child, "/bin/true", NULL, NULL, arguments, environment) == 0);
  ends_well(child);
  child = vfork();
  if (child == 0) {
    execve("/nonexistent", arguments, environment);
    _exit(execve("/bin/true", arguments, environment));
  }
  ends_well(child);
  return unused;
}

static long mapped_pages(void) {
  char text[64];
  int fd = raw_open("/proc/self/statm", O_RDONLY);
  CHECK(raw_syscall(SYS_read, fd, (long)text, sizeof text, 0) > 0);
  raw_close(fd);
  return strtol(text, NULL, 10);
}

void victim(void) {
  pthread_attr_t attributes;
  for (int i = 0; i < variables; ++i) {
    char name[32];
    snprintf(name, sizeof name, "V%d=x", i);
    environment[i] = strdup(name);
  }
  CHECK(pthread_attr_init(&attributes) == 0);
  CHECK(pthread_attr_setstacksize(&attributes, (size_t)sysconf(_SC_THREAD_STACK_MIN)) == 0);
  long before = 0;
  for (int i = 0; i < 10; ++i) {
    pthread_t id;
    CHECK(pthread_create(&id, &attributes, begins_three, NULL) == 0 && pthread_join(id, NULL) == 0);
    if (i == 1) before = mapped_pages();
  }
  CHECK(mapped_pages() < before + 8);
}
