// Ends while a thread is still about to close a file (or, with an argument, never does).
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <thread>

int main(int count, char**) {
  std::atomic<bool> open_now{false};
  std::thread([&open_now, count] {
    int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    open_now = true;
    usleep(60'000);
    if (count == 1) close(fd);
    pause();
  }).detach();
  while (!open_now) usleep(1000);
  return 0;
}
