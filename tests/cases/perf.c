// A performance counter, made through syscall().
// hooks: syscall
// expect: open-at-end event 1 in leak_counter detail *perf*
#include <linux/perf_event.h>

#include "victim.h"

SITE static int leak_counter(void) {
  struct perf_event_attr what = {.type = PERF_TYPE_SOFTWARE, .size = sizeof what, .config = PERF_COUNT_SW_TASK_CLOCK};
  return (int)syscall(SYS_perf_event_open, &what, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

void victim(void) {
  int fd = leak_counter();
  if (fd < 0) skip("no performance counters here");
  CHECK(close(leak_counter()) == 0);
}
