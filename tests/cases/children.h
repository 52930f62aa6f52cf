// What victims with children share. A child ends by raw_exit where its end is not what the case is about.
#pragma once

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "victim.h"

static inline double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}
static inline void short_pause(void) {
  struct timespec pause = {0, 2000000};
  raw_syscall(SYS_nanosleep, (long)&pause, 0, 0, 0);
}

// Waits until what is asked for holds, at most 20 seconds.
#define UNTIL(condition)                               \
  do {                                                 \
    for (double begun_ = seconds(); !(condition);) {   \
      CHECK(seconds() < begun_ + 20 && "within 20 s"); \
      short_pause();                                   \
    }                                                  \
  } while (0)

// Whether a child has ended and waits to be reaped; asked so that no hook sees it, and so that it stays.
static inline int has_ended(pid_t pid) {
  siginfo_t info;
  info.si_pid = 0;
  long result;
  register long fourth __asm__("r10") = WEXITED | WNOHANG | WNOWAIT;
  register long fifth __asm__("r8") = 0;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"((long)SYS_waitid), "D"((long)P_PID), "S"((long)pid), "d"(&info), "r"(fourth), "r"(fifth)
                   : "rcx", "r11", "memory");
  return result == 0 && info.si_pid == pid;
}
static inline pid_t raw_wait(pid_t pid) { return (pid_t)raw_syscall(SYS_wait4, pid, 0, 0, 0); }

// The clock by which it is told how long ago a child ended: its processor's, which stands still while a hypervisor has the
// processor. Where the kernel does not show it, the time.
static inline double clock_of(int processor) {
  char text[512];
  unsigned long wanted[16] = {0};
  wanted[processor / 64] = 1ul << processor % 64;
  raw_syscall(SYS_sched_setaffinity, 0, sizeof wanted, (long)wanted, 0);
  short_pause();
  int fd = raw_open("/proc/thread-self/sched", O_RDONLY);
  long size = fd < 0 ? 0 : raw_syscall(SYS_read, fd, (long)text, sizeof text - 1, 0);
  if (fd >= 0) raw_close(fd);
  text[size > 0 ? size : 0] = 0;
  const char* line = strstr(text, "se.exec_start");
  return line ? atof(strchr(line, ':') + 1) * 1e-3 : seconds();
}

// Goes on when a child that has ended by now was forgotten, not just missed: it is over a second ago on any processor.
static inline void until_old(void) {
  unsigned long allowed[16] = {0};
  long size = raw_syscall(SYS_sched_getaffinity, 0, sizeof allowed, (long)allowed, 0);
  CHECK(size > 0);
  double then[64 * 16] = {0};
  for (int pass = 0; pass < 2; ++pass)
    for (int i = 0; i < 64 * 16; ++i) {
      if (!(allowed[i / 64] >> i % 64 & 1)) continue;
      if (pass == 0)
        then[i] = clock_of(i);
      else
        UNTIL(clock_of(i) > then[i] + 1.1);
    }
  raw_syscall(SYS_sched_setaffinity, 0, size, (long)allowed, 0);
}

// In a child: lives until its parent has gone, and holds none of the streams that the runner reads to their end.
static inline void outlive_parent(void) {
  long parent = raw_syscall(SYS_getppid, 0, 0, 0, 0);
  for (int fd = 0; fd < 3; ++fd) raw_close(fd);
  for (double begun = seconds(); raw_syscall(SYS_getppid, 0, 0, 0, 0) == parent && seconds() < begun + 25;)
    short_pause();
  raw_exit(0);
}

// A word of memory that children made by fork share with their parent.
static inline volatile int* shared_word(void) {
  void* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(page != MAP_FAILED);
  return (volatile int*)page;
}
