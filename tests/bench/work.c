// The work that `make bench` times: one operation, repeated, below a stack of 16 frames. Prints nanoseconds for one,
// the median of ten batches. What the library adds is seen by running it with and without. WORK_CLOCK=cpu: of processor
// time, its children's too, for a machine that has other things to do.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

static double seconds(struct timeval t) { return (double)t.tv_sec + (double)t.tv_usec * 1e-6; }

static double now(void) {
  static int cpu = -1;
  if (cpu < 0) cpu = getenv("WORK_CLOCK") && strcmp(getenv("WORK_CLOCK"), "cpu") == 0;
  if (cpu) {
    struct rusage own, children;
    getrusage(RUSAGE_SELF, &own);
    getrusage(RUSAGE_CHILDREN, &children);
    return 1e9 * (seconds(own.ru_utime) + seconds(own.ru_stime) + seconds(children.ru_utime) + seconds(children.ru_stime));
  }
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void open_close(void) { close(open("/dev/null", O_RDONLY)); }
static void socket_close(void) { close(socket(AF_INET, SOCK_STREAM, 0)); }
static void dup_close(void) { close(dup(0)); }
static void* one_of_each(void* unused) {
  int s = socket(AF_INET, SOCK_STREAM, 0), f = open("/dev/null", O_RDONLY);
  close(f);
  close(s);
  return unused;
}
static void thread_with_two(void) {
  pthread_t thread;
  pthread_create(&thread, 0, one_of_each, 0);
  pthread_join(thread, 0);
}
static void* nothing(void* unused) { return unused; }
static void thread_only(void) {
  pthread_t thread;
  pthread_create(&thread, 0, nothing, 0);
  pthread_join(thread, 0);
}
static void fork_exit_wait(void) {
  pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, 0, 0);
}
static void fork_open_exit_wait(void) {
  pid_t child = fork();
  if (child == 0) {
    close(open("/dev/null", O_RDONLY));
    _exit(0);
  }
  waitpid(child, 0, 0);
}

static void spawn_wait(void) {
  static char program[4096];
  if (!*program) {
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 20);
    program[length > 0 ? length : 0] = 0;
    strcpy(strrchr(program, '/'), "/bench-nothing");
  }
  char* arguments[] = {program, 0};
  pid_t child;
  if (posix_spawn(&child, program, 0, 0, arguments, environ) != 0) perror(program), exit(1);
  waitpid(child, 0, 0);
}

// A server's life with one client: each connection has a thread, which takes a file for it.
static void* serve(void* connection) {
  int s = (int)(long)connection, f = open("/dev/null", O_WRONLY);
  char text[16];
  ssize_t n = read(s, text, sizeof text);
  if (n <= 0 || write(f, text, (size_t)n) != n || write(s, text, (size_t)n) != n) abort();
  close(f);
  close(s);
  return 0;
}
static void thread_per_connection(void) {
  static int listener = -1;
  static struct sockaddr_in at = {.sin_family = AF_INET};
  socklen_t size = sizeof at;
  if (listener < 0) {
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr*)&at, size) || listen(listener, 10) || getsockname(listener, (struct sockaddr*)&at, &size))
      perror("listen"), exit(1);
  }
  char text[16] = "hello";
  int client = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(client, (struct sockaddr*)&at, size)) perror("connect"), exit(1);
  pthread_t thread;
  pthread_create(&thread, 0, serve, (void*)(long)accept(listener, 0, 0));
  if (write(client, text, 5) != 5 || read(client, text, sizeof text) != 5) abort();
  pthread_join(thread, 0);
  close(client);
}

static volatile long handled;
static void handle(int number) { handled += number; }
static void handled_signal(void) {
  static int set;
  if (!set) {
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    if (sigaction(SIGTERM, &action, 0) || socket(AF_UNIX, SOCK_STREAM, 0) < 0) perror("sigaction"), exit(1);
    set = 1;
  }
  kill(getpid(), SIGTERM);
}

static const struct {
  const char* name;
  void (*run)(void);
  int batch;
} works[] = {
    {"open+close", open_close, 4000},        {"socket+close", socket_close, 4000},
    {"dup+close", dup_close, 8000},          {"thread+socket+file", thread_with_two, 500},
    {"thread", thread_only, 500},            {"fork+exit+wait", fork_exit_wait, 60},
    {"fork+open+exit+wait", fork_open_exit_wait, 60},
    {"posix_spawn+wait", spawn_wait, 40},
    {"thread per connection", thread_per_connection, 300},
    {"handled signal", handled_signal, 4000},
};

static int by_value(const void* a, const void* b) {
  double x = *(const double*)a, y = *(const double*)b;
  return x < y ? -1 : x > y;
}

__attribute__((noinline)) static void batch(int frames, void (*run)(void), int times) {
  if (frames > 1)
    batch(frames - 1, run, times);
  else
    for (int i = 0; i < times; ++i) run();
  __asm__ volatile("");  // no tail call: the frame stays
}

int main(int count, char** arguments) {
  // work NAME [BATCHES [HELD]]: HELD descriptors are held meanwhile
  int batches = count > 2 ? atoi(arguments[2]) : 10, held = count > 3 ? atoi(arguments[3]) : 0;
  for (int i = 0; i < held; ++i)
    if (open("/dev/null", O_RDONLY) < 0) return perror("open"), 1;
  for (size_t w = 0; count > 1 && w < sizeof works / sizeof *works; ++w) {
    if (strcmp(works[w].name, arguments[1]) != 0) continue;
    double times[100];
    batch(14, works[w].run, works[w].batch / 10 + 1);
    for (int b = 0; b < batches && b < 100; ++b) {
      double begin = now();
      batch(14, works[w].run, works[w].batch);
      times[b] = (now() - begin) / works[w].batch;
    }
    qsort(times, (size_t)batches, sizeof *times, by_value);
    printf("%.1f\n", times[batches / 2]);
    return 0;
  }
  fprintf(stderr, "work: what? there is");
  for (size_t w = 0; w < sizeof works / sizeof *works; ++w) fprintf(stderr, " %s", works[w].name);
  fprintf(stderr, "\n");
  return 2;
}
