// POSIX message queues are descriptors on Linux; fortified programs open them by another name.
// hooks: mq_open mq_close __mq_open_2
// flags: -O2 -D_FORTIFY_SOURCE=2
// libraries: -lrt
// expect: open-at-end queue 1 in leak_queue detail *lifeguard-case-*
// expect: open-at-end queue 1 in leak_opened
// expect: open-at-end queue 1 in leak_balanced
#include <mqueue.h>
#include <sys/stat.h>

#include "victim.h"

static char name[64];
static volatile int flags = O_RDWR;

SITE static mqd_t leak_queue(void) { return mq_open(name, O_RDWR | O_CREAT, 0600, NULL); }
SITE static mqd_t leak_opened(void) { return mq_open(name, flags); }
SITE static mqd_t leak_balanced(void) { return mq_open(name, flags); }

void victim(void) {
  snprintf(name, sizeof name, "/lifeguard-case-%d", getpid());
  if (leak_queue() < 0) skip("no message queues here");
  CHECK(mq_close(leak_queue()) == 0);
  leaked_once(leak_opened);
  CHECK(leak_balanced() > 2 && mq_close(leak_balanced()) == 0);
  CHECK(mq_unlink(name) == 0);
}
