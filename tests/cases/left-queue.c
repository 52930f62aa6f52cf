// Message queues by name stay until they are unlinked.
// hooks: mq_open mq_close mq_unlink
// libraries: -lrt
// expect: left-behind queue 1 in leak_queue detail */lifeguard-case-*
#include <mqueue.h>

#include "victim.h"

static char name[64];

SITE static mqd_t leak_queue(void) { return mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, NULL); }

void victim(void) {
  snprintf(name, sizeof name, "/lifeguard-case-%d-removed", getpid());
  mqd_t queue = leak_queue();
  if (queue < 0) skip("no message queues here");
  CHECK(mq_close(queue) == 0 && mq_unlink(name) == 0);
  snprintf(name, sizeof name, "/lifeguard-case-%d", getpid());
  remove_later("mq_unlink", name, 0);
  CHECK(mq_close(leak_queue()) == 0);
}
