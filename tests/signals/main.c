// semantics                 names all cases          semantics NAME...        runs them, each in a process of its own
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "trace.h"

char program[4096];
static struct {
  char name[80];
  Case run;
  long argument;
} cases[1000];
static int count;

static void add(const char* name, Case run, long argument) {
  snprintf(cases[count].name, sizeof cases[count].name, "%s", name);
  cases[count].run = run;
  cases[count++].argument = argument;
}

void say(const char* format, ...) {
  char text[512];
  int error = errno;
  va_list rest;
  va_start(rest, format);
  int n = vsnprintf(text, sizeof text, format, rest);
  va_end(rest);
  if (write(1, text, n) != n) _exit(99);
  errno = error;
}

static char stack_memory[65536];
void alternate_stack(void) {
  stack_t stack = {.ss_sp = stack_memory, .ss_size = sizeof stack_memory};
  sigaltstack(&stack, NULL);
}
int on_alternate_stack(void) {
  char here;
  return &here >= stack_memory && &here < stack_memory + sizeof stack_memory;
}

void h1(int signal) { say("h1(%d)\n", signal); }
void h2(int signal) { say("h2(%d)\n", signal); }
void h3(int signal, siginfo_t* info, void* context) {
  (void)context;
  say("h3(%d) code %d by %s value %d\n", signal, info->si_code,
      info->si_code > 0 ? "kernel" : info->si_pid == getpid() ? "self" : "other", info->si_code == SI_QUEUE ? info->si_value.sival_int : 0);
}

const char* name_of(void* handler) {
  return handler == (void*)SIG_DFL   ? "SIG_DFL"
         : handler == (void*)SIG_IGN ? "SIG_IGN"
         : handler == (void*)SIG_ERR ? "SIG_ERR"
         : handler == (void*)h1      ? "h1"
         : handler == (void*)h2      ? "h2"
         : handler == (void*)h3      ? "h3"
                                     : "another";
}

void show_action(const struct sigaction* action) {
  unsigned long mask;
  memcpy(&mask, &action->sa_mask, sizeof mask);
  say("  %s flags %x mask %lx restorer %s\n", name_of((void*)action->sa_handler), (unsigned)action->sa_flags, mask,
      action->sa_restorer ? "set" : "none");
}
void show(int signal) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  int result = sigaction(signal, NULL, &action);
  if (result) return say("  asking for %d: %d %s\n", signal, result, strerrorname_np(errno));
  show_action(&action);
}
void show_mask(const char* what) {
  unsigned long mask = 0;
  syscall(SYS_rt_sigprocmask, 0, NULL, &mask, 8);
  say("  %s: mask %lx\n", what, mask);
}
void set(int signal, void* handler, int flags) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = (void (*)(int))handler;
  action.sa_flags = flags;
  int result = sigaction(signal, &action, NULL);
  if (result) say("set %d: %s\n", signal, strerrorname_np(errno));
}
long raw_action(int signal, const struct kernel_action* action, struct kernel_action* before) {
  return syscall(SYS_rt_sigaction, signal, action, before, 8);
}

void child_ended(int status) {
  if (WIFEXITED(status)) say("child: exit %d\n", WEXITSTATUS(status));
  if (WIFSIGNALED(status)) say("child: signal %d\n", WTERMSIG(status));
  if (WIFSTOPPED(status)) say("child: stopped %d\n", WSTOPSIG(status));
}

void nap(long milliseconds) {
  struct timespec end;
  clock_gettime(CLOCK_MONOTONIC, &end);
  end.tv_nsec += milliseconds * 1000000;
  end.tv_sec += end.tv_nsec / 1000000000;
  end.tv_nsec %= 1000000000;
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR) {
  }
}

void strike_after(int signal, long microseconds) {
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = signal};
  timer_t timer;
  if (timer_create(CLOCK_MONOTONIC, &event, &timer)) say("no timer\n");
  struct itimerspec when = {.it_value = {0, microseconds * 1000}};
  timer_settime(timer, 0, &when, NULL);
}

static void run_one(const char* name) {
  for (int i = 0; i < count; ++i)
    if (strcmp(cases[i].name, name) == 0) {
      cases[i].run(cases[i].argument);
      exit(0);
    }
  _exit(98);
}

int main(int argc, char** argv) {
  if (readlink("/proc/self/exe", program, sizeof program - 1) < 0) return 97;
  if (argc > 2 && strcmp(argv[1], "--show") == 0) {  // how an exec'ed image finds its signals
    for (int signal = 1; signal < 32; ++signal) {
      struct sigaction action;
      if (sigaction(signal, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
        say("  %d %s %x\n", signal, name_of((void*)action.sa_handler), (unsigned)action.sa_flags);
    }
    show_mask("after exec");
    return atoi(argv[2]);
  }
  flag_cases(add);
  default_cases(add);
  call_cases(add);
  wait_cases(add);
  fault_cases(add);
  process_cases(add);
  abort_cases(add);
  if (argc == 1)
    for (int i = 0; i < count; ++i) puts(cases[i].name);
  if (argc == 3 && strcmp(argv[1], "--one") == 0) run_one(argv[2]);
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  for (int i = 1; i < argc; ++i) {
    fflush(stdout);
    say("== %s\n", argv[i]);
    pid_t pid = fork();
    if (pid == 0) {
      setpgid(0, 0);
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      alarm(20);  // survives exec: no case hangs
      execl(program, program, "--one", argv[i], NULL);
      _exit(96);
    }
    int status;
    if (waitpid(pid, &status, 0) != pid) return 95;
    if (WIFEXITED(status)) say("exit %d\n", WEXITSTATUS(status));
    if (WIFSIGNALED(status)) say("signal %d\n", WTERMSIG(status));
    kill(-pid, SIGKILL);
  }
}
