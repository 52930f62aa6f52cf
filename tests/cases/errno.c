// Results and errno of calls that fail and of calls that work are those of the program without the library; so are the
// descriptor numbers. The runner compares what is printed here.
// hooks: open open64 openat openat64 creat creat64 socket socketpair accept accept4 bind listen connect pipe pipe2
// hooks: dup dup2 dup3 fcntl epoll_create epoll_create1 eventfd timerfd_create signalfd inotify_init1 memfd_create
// hooks: pidfd_getfd fopen fopen64 fdopen freopen fclose opendir fdopendir closedir popen pclose mkstemp
// hooks: pidfd_open mkostemp mkstemps mkostemps tmpfile shm_open mq_open mq_close posix_openpt openpty recvmsg recvmmsg
// hooks: open_by_handle_at close close_range syscall inotify_init fanotify_init
// runs: any
// flags: -Wno-nonnull
// libraries: -lrt
// expect-nothing
// allow: left-behind path
// allow: passed-on
#include <dirent.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <pty.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>

#include "victim.h"

#define SHOW(call)                                            \
  do {                                                        \
    errno = 1234;                                             \
    long result = (long)(call);                               \
    int after = errno;                                        \
    dprintf(1, "%s = %ld, errno %d\n", #call, result, after); \
  } while (0)
#define SHOW_POINTER(call)                                                     \
  do {                                                                         \
    errno = 1234;                                                              \
    const void* result = (call);                                               \
    int after = errno;                                                         \
    dprintf(1, "%s = %s, errno %d\n", #call, result ? "some" : "NULL", after); \
  } while (0)

static int* volatile unmapped = (int*)8;
static const char missing[] = "/nowhere/at/all";
static struct sockaddr_un nobody = {.sun_family = AF_UNIX, .sun_path = "nobody"};

static void failing(void) {
  int pair[2];
  struct msghdr head = {0};
  struct mmsghdr heads = {0};
  sigset_t mask;
  sigemptyset(&mask);
  char template[] = "no template", full[] = "/nowhere/at/all-XXXXXX";
  union {
    struct file_handle head;
    char room[sizeof(struct file_handle) + 8];
  } handle = {.head = {.handle_bytes = 8, .handle_type = 1}};
  SHOW(open(missing, O_RDONLY));
  SHOW(open64(missing, O_RDONLY));
  SHOW(open("/etc", O_WRONLY));
  SHOW(open((const char*)8, O_RDONLY));
  SHOW(openat(AT_FDCWD, missing, O_RDONLY));
  SHOW(openat64(-5, "relative", O_RDONLY));
  SHOW(creat(missing, 0600));
  SHOW(creat64("/etc", 0600));
  SHOW(socket(AF_INET, 99, 0));
  SHOW(socketpair(AF_INET, SOCK_STREAM, 0, pair));
  SHOW(accept(0, NULL, NULL));
  SHOW(accept4(-1, NULL, NULL, 0));
  SHOW(bind(0, (struct sockaddr*)&nobody, sizeof nobody));
  SHOW(bind(-1, NULL, 0));
  SHOW(listen(0, 5));
  SHOW(listen(900, 5));
  SHOW(connect(-1, (struct sockaddr*)&nobody, sizeof nobody));
  SHOW(pipe(unmapped));
  SHOW(pipe2(pair, 0x40));
  SHOW(dup(-1));
  SHOW(dup(900));
  SHOW(dup2(900, 5));
  SHOW(dup2(0, -1));
  SHOW(dup3(0, 5, 77));
  SHOW(dup3(0, 0, 0));
  SHOW(fcntl(900, F_DUPFD, 0));
  SHOW(fcntl(0, F_DUPFD, 1 << 30));
  SHOW(fcntl(0, F_DUPFD_CLOEXEC, -1));
  SHOW(fcntl(0, 9999, 0));
  SHOW(epoll_create(0));
  SHOW(epoll_create1(77));
  SHOW(eventfd(0, 77));
  SHOW(timerfd_create(99, 0));
  SHOW(signalfd(0, &mask, 0));
  SHOW(signalfd(-1, &mask, 1));
  SHOW(inotify_init1(77));
  SHOW(fanotify_init(0xfffff, 0));
  SHOW(memfd_create("name", 0xff00));
  SHOW(pidfd_open(-1, 0));
  SHOW(pidfd_getfd(-1, 0, 0));
  SHOW_POINTER(fopen(missing, "r"));
  SHOW_POINTER(fopen64(PLAIN_FILE, "strange"));
  SHOW_POINTER(fdopen(900, "r"));
  SHOW_POINTER(fdopen(0, "strange"));
  SHOW_POINTER(opendir(missing));
  SHOW_POINTER(opendir(PLAIN_FILE));
  SHOW_POINTER(fdopendir(900));
  SHOW_POINTER(fdopendir(0));
  SHOW_POINTER(popen("true", "strange"));
  SHOW(mkstemp(template));
  SHOW(mkostemp(full, O_CLOEXEC));
  SHOW(mkstemps(template, 50));
  SHOW(mkostemps(template, 1, 0));
  SHOW(shm_open("/a/b/c", O_RDONLY, 0));
  SHOW(shm_open("/lifeguard-case-missing", O_RDONLY, 0));
  SHOW(mq_open("/lifeguard-case-missing", O_RDONLY));
  SHOW(mq_open("no slash", O_RDONLY));
  SHOW(mq_close(-1));
  SHOW(posix_openpt(0x40000000 | O_PATH) >= 0 ? close(3) : -1);
  SHOW(recvmsg(-1, &head, 0));
  SHOW(recvmsg(0, &head, 0));
  SHOW(recvmmsg(-1, &heads, 1, 0, NULL));
  SHOW(open_by_handle_at(-1, &handle.head, 0));
  SHOW(close(-1));
  SHOW(close(900));
  SHOW(close_range(9, 3, 0));
  SHOW(close_range(900, 901, 0x77));
  SHOW(syscall(SYS_open, missing, 0));
  SHOW(syscall(SYS_openat, -7, "relative", 0));
  SHOW(syscall(SYS_close, 900));
  SHOW(syscall(SYS_dup, 900));
  SHOW(syscall(99999, 1, 2, 3, 4, 5, 6));
}

static void working(void) {
  int pair[2], master, slave;
  sigset_t mask;
  sigemptyset(&mask);
  char name[] = "made-XXXXXX", tailed[] = "made-XXXXXX.tail";
  FILE* file;
  DIR* directory;
  SHOW(open(PLAIN_FILE, O_RDONLY));
  SHOW(open64(PLAIN_FILE, O_RDONLY));
  SHOW(openat(AT_FDCWD, PLAIN_FILE, O_RDONLY));
  SHOW(creat("made", 0600));
  SHOW(socket(AF_UNIX, SOCK_STREAM, 0));
  SHOW(bind(7, (struct sockaddr*)&nobody, sizeof nobody));
  SHOW(bind(7, (struct sockaddr*)&nobody, sizeof nobody));
  SHOW(listen(7, 5));
  SHOW(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
  SHOW(connect(8, (struct sockaddr*)&nobody, sizeof nobody));
  SHOW(accept4(7, NULL, NULL, SOCK_CLOEXEC));
  SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  SHOW(pipe2(pair, O_CLOEXEC));
  SHOW(dup(pair[0]));
  SHOW(dup2(pair[0], 40));
  SHOW(dup3(pair[0], 40, O_CLOEXEC));
  SHOW(fcntl(pair[0], F_DUPFD_CLOEXEC, 41));
  SHOW(fcntl(pair[0], F_GETFL));
  SHOW(epoll_create1(0));
  SHOW(eventfd(0, EFD_NONBLOCK));
  SHOW(timerfd_create(CLOCK_MONOTONIC, 0));
  SHOW(signalfd(-1, &mask, 0));
  SHOW(inotify_init());
  SHOW(memfd_create("name", 0));
  SHOW(pidfd_open(getpid(), 0));
  SHOW(mkstemp(name));
  SHOW(mkstemps(tailed, 5));
  SHOW(openpty(&master, &slave, NULL, NULL, NULL));
  SHOW(master);
  SHOW(slave);
  SHOW_POINTER(file = fopen(PLAIN_FILE, "r"));
  SHOW(fileno(file));
  SHOW_POINTER(freopen("/etc/group", "r", file));
  SHOW(fileno(file));
  SHOW(fclose(file));
  SHOW_POINTER(file = tmpfile());
  SHOW(fclose(file));
  SHOW_POINTER(file = popen("exit 3", "r"));
  SHOW(pclose(file));
  SHOW_POINTER(directory = opendir("/etc"));
  SHOW(closedir(directory));
  SHOW(close(40));
  SHOW(syscall(SYS_open, PLAIN_FILE, O_RDONLY));
  SHOW(close_range(3, 100, 0));
}

static void no_room_left(void) {
  struct rlimit limit, none;
  int pair[2];
  CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  none = limit;
  none.rlim_cur = 3;
  CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
  SHOW(open(PLAIN_FILE, O_RDONLY));
  SHOW(socket(AF_UNIX, SOCK_STREAM, 0));
  SHOW(pipe(pair));
  SHOW(dup(0));
  SHOW(dup2(0, 3));
  SHOW(eventfd(0, 0));
  SHOW_POINTER(fopen(PLAIN_FILE, "r"));
  SHOW_POINTER(opendir("/etc"));
  SHOW_POINTER(popen("true", "r"));
  CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  SHOW(close(open(PLAIN_FILE, O_RDONLY)));
}

void victim(void) {
  failing();
  working();
  no_room_left();
}
