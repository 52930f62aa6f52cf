// The system refuses another descriptor: said once, by whatever call it was asked for, and errno is the program's. After
// that, or where limit= is empty, nothing more.
// hooks: open openat creat mkstemp fopen opendir socket socketpair pipe pipe2 dup fcntl accept epoll_create1 eventfd timerfd_create memfd_create syscall tmpfile
// options: report=said limit=socket=1000
// expect-nothing
// allow: open-at-end file
// runs: any
#include <dirent.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include "children.h"
#include "said.h"

static int ends[2], listener;

static int ask(int way) {
  char name[] = "victim-XXXXXX";
  switch (way) {
    case 0: return open(PLAIN_FILE, O_RDONLY);
    case 1: return openat(AT_FDCWD, PLAIN_FILE, O_RDONLY);
    case 2: return creat("never", 0600);
    case 3: return mkstemp(name);
    case 4: return fopen(PLAIN_FILE, "r") ? 0 : -1;
    case 5: return opendir("/") ? 0 : -1;
    case 6: return socket(AF_UNIX, SOCK_STREAM, 0);
    case 7: return socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    case 8: return pipe(ends);
    case 9: return pipe2(ends, O_CLOEXEC);
    case 10: return dup(0);
    case 11: return fcntl(0, F_DUPFD, 3);
    case 12: return accept(listener, NULL, NULL);
    case 13: return epoll_create1(0);
    case 14: return eventfd(0, 0);
    case 15: return timerfd_create(CLOCK_MONOTONIC, 0);
    case 16: return memfd_create("m", 0);
    case 17: return (int)syscall(SYS_openat, AT_FDCWD, PLAIN_FILE, O_RDONLY);
    case 18: return (int)syscall(SYS_pipe2, ends, 0);
    case 19: return tmpfile() ? 0 : -1;
    default: return -2;
  }
}

SITE static int holds(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  listener = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr address = {.sa_family = AF_UNIX};
  CHECK(bind(listener, &address, sizeof address.sa_family) == 0 && listen(listener, 1) == 0);
  struct rlimit limit = {64, 64};
  CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  for (int way = 0; way < 20; ++way) {
    pid_t child = fork();
    if (child == 0) {
      int first = -1;
      for (int fd; (fd = holds()) >= 0 && fd < 30;)
        if (first < 0) first = fd;
      while (raw_syscall(SYS_dup, 0, 0, 0, 0) >= 0) {  // the rest goes unseen
      }
      for (int again = 0; again < 3; ++again) {
        errno = 0;
        CHECK(ask(way) == -1 && errno == EMFILE);
      }
      raw_exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    if (said("was refused another descriptor (EMFILE) and holds ") != (is_watched() ? way + 1 : 0)) {
      dprintf(2, "way %d\n", way);
      CHECK(!"said");
    }
  }
  CHECK_SAID(" files acquired in holds (", 20);
  close(listener);
}
