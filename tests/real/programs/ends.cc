// Ends in the way it is told, with a listener and a file left open:
//   ends PORT HOW [handler]       HOW: return, exit, _exit, abort, segv, exception, thread (an exception in one), memory
//                                 (takes it until somebody ends it), or wait (for a signal)
// handler: for the signals that HOW or the caller has in mind, one of its own that ends as well-bred programs do.
#include <arpa/inet.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

static void handled(int number) {
  if (number == SIGABRT || number == SIGSEGV) {  // as crash handlers do: a word, then the same signal again
    (void)!write(1, "crashed\n", 8);
    signal(number, SIG_DFL);
    raise(number);
    return;
  }
  (void)!write(1, "asked\n", 6);
  _exit(40 + number);
}

[[gnu::noinline]] static void leaves_a_listener(int port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) || listen(fd, 5)) _exit(99);
}
[[gnu::noinline]] static void leaves_a_file() {
  if (open("/etc/passwd", O_RDONLY) < 0) _exit(99);
}
[[gnu::noinline]] static void faults() { *reinterpret_cast<volatile int*>(8) = 1; }
[[gnu::noinline]] static void throws() { throw std::runtime_error("nobody's"); }

int main(int, char** argv) {
  const char* how = argv[2];
  leaves_a_listener(atoi(argv[1]));
  leaves_a_file();
  if (argv[3])
    for (int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGSEGV, SIGABRT}) signal(number, handled);
  if (argv[3] && (strcmp(how, "exception") == 0 || strcmp(how, "thread") == 0))
    std::set_terminate([] {
      (void)!write(1, "terminates\n", 11);
      abort();
    });
  puts("ready");
  fflush(stdout);
  printf("buffered\n");  // only an orderly end writes it
  if (strcmp(how, "exit") == 0) exit(3);
  if (strcmp(how, "_exit") == 0) _exit(4);
  if (strcmp(how, "abort") == 0) abort();
  if (strcmp(how, "segv") == 0) faults();
  if (strcmp(how, "exception") == 0) throws();
  if (strcmp(how, "thread") == 0) std::thread(throws).join();
  if (strcmp(how, "memory") == 0)
    for (int i = 0; i < 1000; ++i) memset(malloc(1 << 20), 1, 1 << 20);
  if (strcmp(how, "wait") == 0)
    for (;;) pause();
  return 2;
}
