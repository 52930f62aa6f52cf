// A forked child whose only other thread is one that libc started for a timer: what the library does at its own begin
// and end is not seen by it, which opens and closes all the time and is never given a number that the library used.
// hooks: fork open timer_create
// expect: open-at-end file 1 in childs_leak
// expect: open-at-end timer 1 in childs_timer severity note
// allow: running thread
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>

#include "victim.h"

static atomic_int rounds;

// Runs in libc's thread: the lowest free number is the first one, or the next once the other thread has taken it.
static void busy(union sigval unused) {
  (void)unused;
  int expected = -1;
  for (;;) {
    int fd = raw_open(PLAIN_FILE, O_RDONLY | O_CLOEXEC);
    if (expected < 0) expected = fd;
    if (fd > expected + 1) raw_exit(98);
    raw_close(fd);
    ++rounds;
  }
}
SITE static int childs_leak(void) { return open(PLAIN_FILE, O_RDONLY); }
SITE static timer_t childs_timer(void) {
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_THREAD};
  event.sigev_notify_function = busy;
  CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
  return timer;
}

void victim(void) {
  int status;
  pid_t child = fork();
  if (child == 0) {
    struct itimerspec once = {.it_value.tv_nsec = 1};
    CHECK(timer_settime(childs_timer(), 0, &once, NULL) == 0);
    while (rounds < 10) usleep(100);
    CHECK(childs_leak() > 2);
    int seen = rounds;
    while (rounds < seen + 10) usleep(100);
    _exit(0);
  }
  CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
}
