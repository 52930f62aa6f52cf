// Signals that are waited for, and calls that a signal interrupts or restarts.
#include <mqueue.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include "trace.h"

static int ends[2];

static void wakes(int signal) {
  say("handler %d\n", signal);
  if (write(ends[1], "x", 1) != 1) say("not written\n");  // so that a call that is restarted comes to an end
}
static void result(const char* what, long value) {
  int error = errno;
  say("%s: %s %s\n", what, value < 0 ? "fails" : value == 0 ? "0" : "positive", value < 0 ? strerrorname_np(error) : "");
}

static sem_t semaphore;
static void posts(int signal) {
  say("handler %d\n", signal);
  sem_post(&semaphore);
}

enum { READ, NANOSLEEP, POLL, SELECT, EPOLL, SEMAPHORE, RECV, ACCEPT, SIGSUSPEND, PAUSE, WAITPID, PPOLL, PSELECT, FLOCK, calls };
static const char* const call_names[] = {"read", "nanosleep", "poll", "select", "epoll_wait", "sem_wait", "recv",
                                         "accept", "sigsuspend", "pause", "waitpid", "ppoll", "pselect", "write"};

static void interrupted(long argument) {
  int call = argument & 0xff, flags = argument & 0x100 ? SA_RESTART : 0, signal = argument >> 16;
  char byte;
  if (pipe(ends)) return;
  sem_init(&semaphore, 0, 0);
  set(signal, call == SEMAPHORE ? posts : wakes, flags);
  struct timespec second = {1, 0};
  fd_set set_of_one;
  FD_ZERO(&set_of_one);
  FD_SET(ends[0], &set_of_one);
  struct pollfd polled = {ends[0], POLLIN, 0};
  sigset_t none;
  sigemptyset(&none);
  strike_after(signal, 50000);  // long after the call has begun
  switch (call) {
    case READ:
      result("read", read(ends[0], &byte, 1));
      break;
    case NANOSLEEP: {
      struct timespec shorter = {0, 300000000};
      result("nanosleep", nanosleep(&shorter, NULL));
      break;
    }
    case POLL:
      result("poll", poll(&polled, 1, 1000));
      break;
    case SELECT:
      result("select", select(ends[0] + 1, &set_of_one, NULL, NULL, NULL));
      break;
    case EPOLL: {
      int epoll = epoll_create1(0);
      struct epoll_event event = {.events = EPOLLIN};
      epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event);
      result("epoll_wait", epoll_wait(epoll, &event, 1, 1000));
      break;
    }
    case SEMAPHORE:
      result("sem_wait", sem_wait(&semaphore));
      break;
    case RECV: {
      int pair[2];
      socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
      ends[1] = pair[1];
      result("recv", recv(pair[0], &byte, 1, 0));
      break;
    }
    case ACCEPT: {
      int listener = socket(AF_UNIX, SOCK_STREAM, 0);
      struct timeval tenth = {0, 100000};
      setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &tenth, sizeof tenth);
      sa_family_t family = AF_UNIX;
      bind(listener, (struct sockaddr*)&family, sizeof family);
      listen(listener, 1);
      result("accept", accept(listener, NULL, NULL));
      break;
    }
    case SIGSUSPEND:
      result("sigsuspend", sigsuspend(&none));
      break;
    case PAUSE:
      result("pause", pause());
      break;
    case WAITPID: {
      pid_t child = fork();
      if (child == 0) {
        nap(300);
        _exit(3);
      }
      int status = 0;
      result("waitpid", waitpid(child, &status, 0));
      break;
    }
    case PPOLL:
      result("ppoll", ppoll(&polled, 1, &second, &none));
      break;
    case PSELECT:
      result("pselect", pselect(ends[0] + 1, &set_of_one, NULL, NULL, &second, &none));
      break;
    default: {
      char block[65536];
      memset(block, 0, sizeof block);
      int full[2];
      if (pipe(full)) return;
      while (write(full[1], block, sizeof block) == sizeof block) {
        fcntl(full[1], F_SETFL, O_NONBLOCK);
      }
      fcntl(full[1], F_SETFL, 0);
      if (flags) return say("full\n");  // restarted, it would never end
      result("write", write(full[1], block, 1));
    }
  }
  show_mask("after");
}

static void held(int signal) {
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  sigprocmask(SIG_BLOCK, &one, NULL);
}

static void waits(long argument) {
  int signal = argument & 0xff;
  if (argument & 0x100) set(signal, h1, 0);
  if (argument & 0x200) set(signal, (void*)SIG_IGN, 0);
  held(signal);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  int got = 0;
  siginfo_t info;
  struct timespec little = {0, 1000000};
  result("sigtimedwait", sigtimedwait(&one, &info, &little));
  raise(signal);
  int answer = sigwait(&one, &got);
  say("sigwait %d %d\n", answer, got);
  union sigval value = {.sival_int = 42};
  sigqueue(getpid(), signal, value);
  say("sigwaitinfo %d ", sigwaitinfo(&one, &info));
  say("code %d value %d\n", info.si_code, info.si_value.sival_int);
  int fd = signalfd(-1, &one, SFD_NONBLOCK);
  kill(getpid(), signal);
  struct signalfd_siginfo from_fd;
  long n = read(fd, &from_fd, sizeof from_fd);
  say("signalfd %ld signal %d code %d\n", n, n > 0 ? (int)from_fd.ssi_signo : 0, n > 0 ? from_fd.ssi_code : 0);
  sigset_t pending;
  raise(signal);
  sigpending(&pending);
  say("pending %d\n", sigismember(&pending, signal));
  sigset_t none;
  sigemptyset(&none);
  if (argument & 0x200) return;
  result("sigsuspend", sigsuspend(&none));
  show_mask("after");
}

static void suspended(long argument) {  // the default action strikes inside a call that changes the mask
  int signal = argument & 0xff;
  held(signal);
  strike_after(signal, 3000);
  sigset_t none;
  sigemptyset(&none);
  struct timespec second = {1, 0};
  if (argument & 0x100)
    result("ppoll", ppoll(NULL, 0, &second, &none));
  else
    result("sigsuspend", sigsuspend(&none));
}

void wait_cases(Add add) {
  char name[80];
  for (int call = 0; call < calls; ++call)
    for (int restart = 0; restart < 2; ++restart) {
      snprintf(name, sizeof name, "interrupted-%s-%s", call_names[call], restart ? "restart" : "plain");
      add(name, interrupted, call | restart << 8 | SIGUSR1 << 16);
    }
  for (int call = 0; call < 4; ++call) {
    snprintf(name, sizeof name, "interrupted-term-%s", call_names[call]);
    add(name, interrupted, call | SIGTERM << 16);
  }
  const int signals[] = {SIGTERM, SIGINT, SIGCHLD, SIGSEGV};
  for (unsigned s = 0; s < sizeof signals / sizeof *signals; ++s)
    for (int kind = 0; kind < 3; ++kind) {
      if (signals[s] == SIGCHLD && kind != 1) continue;  // sigsuspend would wait for ever
      snprintf(name, sizeof name, "waits-%d-%s", signals[s], kind == 0 ? "default" : kind == 1 ? "handler" : "ignored");
      add(name, waits, signals[s] | kind << 8);
    }
  add("suspended-sigsuspend", suspended, SIGTERM);
  add("suspended-ppoll", suspended, SIGTERM | 0x100);
  add("suspended-sigsuspend-quit", suspended, SIGQUIT);
}
