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

// The time that a hypervisor took from all processors. The scheduler's clock, by which it is told how long ago a child
// ended, does not count what was taken from the child's.
static inline double stolen(void) {
  char text[256];
  int fd = raw_open("/proc/stat", O_RDONLY);
  long size = fd < 0 ? 0 : raw_syscall(SYS_read, fd, (long)text, sizeof text - 1, 0);
  if (fd >= 0) raw_close(fd);
  text[size > 0 ? size : 0] = 0;
  long long ticks = 0;
  return sscanf(text, "cpu %*d %*d %*d %*d %*d %*d %*d %lld", &ticks) == 1 ? (double)ticks * 0.01 : 0;
}

// Over a second after `since`: a child that ended by then was forgotten, not just missed.
static inline void until_old(double since) {
  double before = stolen();
  UNTIL(seconds() - 0.75 * (stolen() - before) > since + 1.25);
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
