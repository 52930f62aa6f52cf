// A library with a signal handler in C that opens and closes, at an interval in microseconds.
#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

static volatile unsigned long strikes;

static void strike(int signal) {
  (void)signal;
  int fd = open("/dev/null", O_RDONLY);
  if (fd >= 0) close(fd);
  ++strikes;
}

void start_timer(long microseconds) {
  struct sigaction action = {.sa_handler = strike, .sa_flags = SA_RESTART};
  struct itimerval every = {{0, microseconds}, {0, microseconds}};
  sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &every, NULL);
}

unsigned long struck(void) { return strikes; }
