// What every victim shares. A victim is one file with `void victim(void)`; it checks by itself that its calls worked,
// so that a report is never compared for a program that did something else than it says.
//   SITE     marks a function that has a frame of its own, under its own name, whatever the optimiser would like
//   CHECK    ends the process with status 99 and the reason, where a call did not do what the case needs
//   skip     ends the process with status 77: the environment does not support what the case is about
#pragma once

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SITE __attribute__((noinline, noclone, used))

#define CHECK(what)                                                                                        \
  do {                                                                                                     \
    if (!(what)) {                                                                                         \
      dprintf(2, "%s:%d: not so: %s (errno %d, %s)\n", __FILE__, __LINE__, #what, errno, strerror(errno)); \
      raw_exit(99);                                                                                        \
    }                                                                                                      \
  } while (0)

#define PLAIN_FILE "/etc/passwd"

void victim(void);
extern int victim_status;  // what main returns

// System calls that no hook sees.
static inline long raw_syscall(long number, long a, long b, long c, long d) {
  long result;
  register long fourth __asm__("r10") = d;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth)
                   : "rcx", "r11", "memory");
  return result;
}
static inline void raw_exit(int status) {
  for (;;) raw_syscall(SYS_exit_group, status, 0, 0, 0);
}
static inline int raw_open(const char* path, int flags) {
  return (int)raw_syscall(SYS_openat, AT_FDCWD, (long)path, flags, 0600);
}
static inline int raw_close(int fd) { return (int)raw_syscall(SYS_close, fd, 0, 0, 0); }

static inline void skip(const char* why) {
  dprintf(1, "skip: %s\n", why);
  raw_exit(77);
}

// Whether fd is open, without a call that a hook watches.
static inline int is_open(int fd) { return raw_syscall(SYS_fcntl, fd, F_GETFD, 0, 0) >= 0; }

// Has the runner remove, after the report, what is to be found left: a call (shm_unlink, mq_unlink, sem_unlink, shmctl,
// semctl, msgctl), and the name or id it takes.
static inline void remove_later(const char* call, const char* name, long id) {
  char line[300];
  int length =
      name ? snprintf(line, sizeof line, "%s %s\n", call, name) : snprintf(line, sizeof line, "%s %ld\n", call, id);
  int fd = (int)raw_syscall(SYS_openat, AT_FDCWD, (long)"remains", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  CHECK(fd >= 0 && raw_syscall(SYS_write, fd, (long)line, length, 0) == length);
  raw_close(fd);
}

// Calls a way to acquire twice and gives one back: its site has one left.
static inline int leaked_once(int (*acquire)(void)) {
  int kept = acquire(), returned = acquire();
  CHECK(kept > 2 && returned > 2 && kept != returned);
  CHECK(close(returned) == 0 && is_open(kept));
  return kept;
}
static inline FILE* leaked_file_once(FILE* (*acquire)(void)) {
  FILE *kept = acquire(), *returned = acquire();
  CHECK(kept && returned);
  CHECK(fclose(returned) == 0 && is_open(fileno(kept)));
  return kept;
}

#ifdef __cplusplus
}
#endif
