// leaks NAME: one case. Each has the line that is to be found marked with LEAK NAME CLASS KIND, and gives back what it
// took only in the twin.
#include <arpa/inet.h>
#include <dirent.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "pool.h"

#ifdef GIVE_BACK
#define BACK(what) what
#else
#define BACK(what) __asm__ volatile("")  // something that keeps a last call from taking its caller's place on the stack
#endif

struct Case {
  const char* name;
  void (*run)();
  Case* next;
  static Case* first;
  Case(const char* n, void (*r)()) : name(n), run(r), next(first) { first = this; }
};
Case* Case::first;
#define CASE(name)                      \
  static void name();                   \
  static Case case_##name(#name, name); \
  [[gnu::noinline]] static void name()

// The clock by which it is told how long ago a child ended; it stands still while a hypervisor has the processor.
static double clock_of(int processor) {
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(processor, &only);
  sched_setaffinity(0, sizeof only, &only);
  usleep(10'000);
  std::ifstream told("/proc/thread-self/sched");
  for (std::string line; std::getline(told, line);)
    if (line.compare(0, 13, "se.exec_start") == 0) return atof(line.c_str() + line.find(':') + 1) / 1000;
  timespec now;  // the kernel does not show it: the time
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// By every processor's clock.
static void pass_a_second() {
  cpu_set_t allowed;
  sched_getaffinity(0, sizeof allowed, &allowed);
  double before[CPU_SETSIZE] = {};
  for (int pass = 0; pass < 2; ++pass)
    for (int i = 0; i < CPU_SETSIZE; ++i) {
      if (!CPU_ISSET(i, &allowed)) continue;
      if (pass == 0)
        before[i] = clock_of(i);
      else
        while (clock_of(i) < before[i] + 1.1) {
        }
    }
  sched_setaffinity(0, sizeof allowed, &allowed);
}

// Not the name that an earlier process of the same number has left.
static std::string unique(const char* word) {
  static const std::string tail = [] {
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return std::to_string(getpid()) + '-' + std::to_string(now.tv_nsec);
  }();
  return std::string("/lifeguard-sample-") + word + tail;
}

CASE(file) {
  int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);  // LEAK file open-at-end file
  BACK(close(fd));
  (void)fd;
}
CASE(file_early_return) {
  int fd = open("/etc/group", O_RDONLY | O_CLOEXEC);  // LEAK file_early_return open-at-end file
  char byte;
  if (read(fd, &byte, 1) == 1) {
    BACK(close(fd));
    return;
  }
  close(fd);
}
CASE(stream) {
  FILE* file = fopen("/etc/passwd", "re");  // LEAK stream open-at-end file
  BACK(fclose(file));
  (void)file;
}
CASE(fstream) {
  auto* file = new std::ifstream("/etc/passwd");  // LEAK fstream open-at-end file
  BACK(delete file);
  (void)file;
}
CASE(directory) {
  DIR* folder = opendir("/etc");  // LEAK directory open-at-end directory
  BACK(closedir(folder));
  (void)folder;
}
CASE(duplicate) {
  int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
  int copy = fcntl(fd, F_DUPFD_CLOEXEC, 10);  // LEAK duplicate open-at-end file
  BACK(close(copy));
  close(fd);
  (void)copy;
}
CASE(class_template) {
  int fd = Reader<const char*>().open_it("/etc/passwd");
  BACK(close(fd));
  (void)fd;
}
CASE(inlined) {
  int fd = open_inlined("/etc/passwd");
  BACK(close(fd));
  (void)fd;
}
CASE(static_library) {
  int fd = open_in_library("/etc/passwd");
  BACK(close(fd));
  (void)fd;
}
CASE(lambda) {
  std::function<int()> make = [] {
    return open("/etc/passwd", O_RDONLY | O_CLOEXEC);  // LEAK lambda open-at-end file
  };
  int fd = make();
  BACK(close(fd));
  (void)fd;
}
CASE(in_a_thread) {
  std::thread([] {
    int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);  // LEAK in_a_thread open-at-end file
    BACK(close(fd));
    (void)fd;
  }).join();
}
CASE(exception) {
  int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);  // LEAK exception open-at-end file
  try {
    throw 1;
  } catch (int) {
    BACK(close(fd));
  }
  (void)fd;
}
CASE(many) {
  for (int i = 0; i < 50; ++i) {
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);  // LEAK many open-at-end file
    BACK(close(fd));
    (void)fd;
  }
}
CASE(socket_udp) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);  // LEAK socket_udp open-at-end socket
  BACK(close(fd));
  (void)fd;
}
CASE(listener) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);  // LEAK listener open-at-end listener
  sockaddr_in any = {};
  any.sin_family = AF_INET;
  if (bind(fd, reinterpret_cast<sockaddr*>(&any), sizeof any) != 0 || listen(fd, 5) != 0) abort();
  BACK(close(fd));
}
CASE(accepted) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in any = {};
  socklen_t size = sizeof any;
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<sockaddr*>(&any), size) != 0 || listen(listener, 5) != 0) abort();
  getsockname(listener, reinterpret_cast<sockaddr*>(&any), &size);
  int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(client, reinterpret_cast<sockaddr*>(&any), size) != 0) abort();
  int server = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);  // LEAK accepted open-at-end socket
  close(client);
  close(listener);
  BACK(close(server));
  (void)server;
}
CASE(socket_pair) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) abort();  // LEAK socket_pair open-at-end socket
  close(ends[0]);
  BACK(close(ends[1]));
}
CASE(pipe_end) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) abort();  // LEAK pipe_end open-at-end pipe
  close(ends[0]);
  BACK(close(ends[1]));
}
CASE(event) {
  int fd = eventfd(0, EFD_CLOEXEC);  // LEAK event open-at-end event
  BACK(close(fd));
  (void)fd;
}
CASE(epoll) {
  int fd = epoll_create1(EPOLL_CLOEXEC);  // LEAK epoll open-at-end event
  BACK(close(fd));
  (void)fd;
}
CASE(timer) {
  int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);  // LEAK timer open-at-end event
  BACK(close(fd));
  (void)fd;
}
CASE(signal_queue) {
  sigset_t set;
  sigemptyset(&set);
  int fd = signalfd(-1, &set, SFD_CLOEXEC);  // LEAK signal_queue open-at-end event
  BACK(close(fd));
  (void)fd;
}
CASE(inotify) {
  int fd = inotify_init1(IN_CLOEXEC);  // LEAK inotify open-at-end event
  BACK(close(fd));
  (void)fd;
}
CASE(memory_file) {
  int fd = memfd_create("sample", MFD_CLOEXEC);  // LEAK memory_file open-at-end memfd
  BACK(close(fd));
  (void)fd;
}
CASE(terminal) {
  int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);  // LEAK terminal open-at-end pty
  BACK(close(fd));
  (void)fd;
}
CASE(closed_twice) {
  int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
  close(fd);
#ifndef GIVE_BACK
  close(fd);  // LEAK closed_twice double-close file
#endif
}
CASE(socket_closed_twice) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  close(fd);
#ifndef GIVE_BACK
  close(fd);  // LEAK socket_closed_twice double-close socket
#endif
}
CASE(closed_by_two_threads) {
  int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
  std::thread([fd] { close(fd); }).join();
#ifndef GIVE_BACK
  close(fd);  // LEAK closed_by_two_threads double-close file
#endif
}
CASE(closed_under_stream) {
  int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
  FILE* file = fdopen(fd, "r");
#ifndef GIVE_BACK
  close(fd);
#endif
  fclose(file);  // LEAK closed_under_stream double-close file
}
CASE(child_not_waited_for) {
  pid_t child = fork();  // LEAK child_not_waited_for zombie process
  if (child == 0) _exit(0);
  siginfo_t info;
  waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
  pass_a_second();
  BACK(waitpid(child, nullptr, 0));
}
CASE(child_left_running) {
  pid_t child = fork();  // LEAK child_left_running orphan process
  if (child == 0) {
    sleep(60);
    _exit(0);
  }
#ifdef GIVE_BACK
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
#endif
}
static void* ends_at_once(void*) { return nullptr; }
CASE(thread_not_joined) {
  pthread_t thread;
  pthread_create(&thread, nullptr, ends_at_once, nullptr);  // LEAK thread_not_joined unjoined thread
  usleep(50'000);
  BACK(pthread_join(thread, nullptr));
}
CASE(temporary_file) {
  char name[] = "/tmp/lifeguard-sample-XXXXXX";
  int fd = mkostemp(name, O_CLOEXEC);  // LEAK temporary_file left-behind path
  close(fd);
  BACK(unlink(name));
}
CASE(temporary_folder) {
  char name[] = "/tmp/lifeguard-sample-XXXXXX";
  if (!mkdtemp(name)) abort();  // LEAK temporary_folder left-behind path
  BACK(rmdir(name));
}
CASE(socket_path) {
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  strcpy(address.sun_path, ("/tmp" + unique("socket")).c_str());
  const auto* at = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd, at, sizeof address) != 0) abort();  // LEAK socket_path left-behind path
  close(fd);
  BACK(unlink(address.sun_path));
}
CASE(shared_memory) {
  int fd = shm_open(unique("shm").c_str(), O_CREAT | O_RDWR, 0600);  // LEAK shared_memory left-behind segment
  close(fd);
  BACK(shm_unlink(unique("shm").c_str()));
}
CASE(named_semaphore) {
  sem_t* one = sem_open(unique("sem").c_str(), O_CREAT, 0600, 1);  // LEAK named_semaphore left-behind semaphore
  sem_close(one);
  BACK(sem_unlink(unique("sem").c_str()));
}
CASE(segment_by_id) {
  int id = shmget(IPC_PRIVATE, 4096, 0600 | IPC_CREAT);  // LEAK segment_by_id left-behind segment
  BACK(shmctl(id, IPC_RMID, nullptr));
  (void)id;
}
CASE(message_queue_by_id) {
  int id = msgget(IPC_PRIVATE, 0600 | IPC_CREAT);  // LEAK message_queue_by_id left-behind queue
  BACK(msgctl(id, IPC_RMID, nullptr));
  (void)id;
}
CASE(passed_on) {
#ifdef GIVE_BACK
  int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
#else
  int fd = open("/etc/passwd", O_RDONLY);  // LEAK passed_on passed-on file
#endif
  pid_t child = fork();
  if (child == 0) {
    execl("/bin/true", "true", nullptr);
    _exit(127);
  }
  waitpid(child, nullptr, 0);
  close(fd);
}

int main(int count, char** arguments) {
  for (Case* one = Case::first; one; one = one->next)
    if (count == 2 && strcmp(arguments[1], one->name) == 0) {
      one->run();
      return 0;
    }
  fprintf(stderr, "which case?\n");
  return 2;
}
