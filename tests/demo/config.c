// The program of the README's worked example of the gate. As it is, it has one leak that is known; -DMETRICS adds a new
// one, and -DMENDED has none.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static int load_config(void) { return open("/etc/hostname", O_RDONLY | O_CLOEXEC); }

static int send_metrics(void) {
  return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

int main(void) {
  int config = load_config();
#ifdef METRICS
  send_metrics();
#endif
#ifdef MENDED
  close(config);
#endif
  (void)config, (void)send_metrics;
}
