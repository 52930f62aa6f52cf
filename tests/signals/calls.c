// The many ways to set an action, what each returns and leaves; and calls that fail.
#include "trace.h"

typedef void (*Handler)(int);
Handler bsd_signal(int, Handler);
Handler __sysv_signal(int, Handler);
int __sigaction(int, const struct sigaction*, struct sigaction*);

static Handler by_sigaction(int signal, Handler handler) {
  struct sigaction action, before;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  return sigaction(signal, &action, &before) ? SIG_ERR : before.sa_handler;
}
static Handler by_double_underscore(int signal, Handler handler) {
  struct sigaction action, before;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  return __sigaction(signal, &action, &before) ? SIG_ERR : before.sa_handler;
}
static Handler by_system_call(int signal, Handler handler) {
  struct kernel_action action = {handler, 0, NULL, 0}, before, now;
  // The kernel wants a restorer: libc's is in any action that libc has set.
  struct sigaction libcs, saved;
  memset(&libcs, 0, sizeof libcs);
  libcs.sa_handler = SIG_IGN;
  sigaction(SIGURG, &libcs, &saved);
  raw_action(SIGURG, NULL, &now);
  sigaction(SIGURG, &saved, NULL);
  action.restorer = now.restorer;
  action.flags = now.flags;
  return raw_action(signal, &action, &before) ? SIG_ERR : (Handler)before.handler;
}
static Handler by_sigignore(int signal, Handler handler) {
  if (handler != SIG_IGN) return sigset(signal, handler);
  return sigignore(signal) ? SIG_ERR : SIG_IGN;
}

static const struct {
  const char* name;
  Handler (*set)(int, Handler);
} ways[] = {{"sigaction", by_sigaction}, {"__sigaction", by_double_underscore},
            {"rt_sigaction", by_system_call}, {"signal", signal},
            {"ssignal", ssignal},        {"bsd_signal", bsd_signal},
            {"sysv_signal", sysv_signal}, {"__sysv_signal", __sysv_signal},
            {"sigset", sigset},          {"sigignore", by_sigignore}};
enum { number_of_ways = sizeof ways / sizeof *ways };

static void one_way(long argument) {
  Handler (*set_by)(int, Handler) = ways[argument >> 8].set;
  int number = argument & 0xff;
  const Handler sequence[] = {h1, h2, h2, SIG_IGN, h1, SIG_DFL, SIG_DFL, h2, SIG_DFL, SIG_IGN};
  for (unsigned i = 0; i < sizeof sequence / sizeof *sequence; ++i) {
    say("%s -> %s\n", name_of(sequence[i]), name_of(set_by(number, sequence[i])));
    show(number);
    struct kernel_action raw;
    memset(&raw, 0, sizeof raw);
    raw_action(number, NULL, &raw);
    say("  raw %s flags %lx mask %lx restorer %s\n", name_of(raw.handler), raw.flags, raw.mask, raw.restorer ? "set" : "none");
    if (sequence[i] != SIG_DFL) raise(number);
    show(number);
  }
  set_by(number, h1);
  raise(number);
  show_mask("after");
  set_by(number, SIG_DFL);
  raise(number);
}

static void interrupts(long argument) {
  int number = argument & 0xff;
  if (argument & 0x100) set(number, h1, 0);
  show(number);
  say("%d\n", siginterrupt(number, 1));
  show(number);
  signal(number, h2);
  show(number);
  say("%d\n", siginterrupt(number, 0));
  show(number);
  signal(number, h2);
  show(number);
  signal(number, SIG_DFL);
  show(number);
  siginterrupt(number, 1);
  show(number);
  raise(number);
}

// sigset's own way to hold a signal back, which is no handler.
static void held(long argument) {
  int number = argument & 0xff;
  if (argument & 0x100) sigset(number, h1);
  say("%s\n", name_of(sigset(number, SIG_HOLD)));
  show(number);
  show_mask("held");
  raise(number);
  say("%s\n", name_of(sigset(number, h2)));
  show_mask("let go");
  sigset(number, SIG_HOLD);
  raise(number);
  sigset(number, SIG_DFL);
}

static void fails(long argument) {
  (void)argument;
  const int numbers[] = {0, -1, 65, 100, 32, 33, SIGKILL, SIGSTOP, 1 << 30};
  for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; ++i) {
    for (int w = 0; w < number_of_ways; ++w) {
      errno = 0;
      Handler before = ways[w].set(numbers[i], h1);
      say("%d by %s: %s %s\n", numbers[i], ways[w].name, name_of(before), strerrorname_np(errno));
    }
    errno = 0;
    struct sigaction now;
    say("  asked: %d ", sigaction(numbers[i], NULL, &now));
    say("%s\n", strerrorname_np(errno));
    errno = 0;
    say("  siginterrupt %d ", siginterrupt(numbers[i], 1));
    say("%s\n", strerrorname_np(errno));
  }
}

static void bad_pointers(long argument) {
  (void)argument;
  struct kernel_action good = {SIG_IGN, 0, NULL, 0}, before;
  void* bad = (void*)8;
  long result = syscall(SYS_rt_sigaction, SIGTERM, bad, NULL, 8);
  say("%ld %s\n", result, strerrorname_np(errno));
  result = syscall(SYS_rt_sigaction, SIGTERM, NULL, bad, 8);
  say("%ld %s\n", result, strerrorname_np(errno));
  result = syscall(SYS_rt_sigaction, SIGTERM, &good, bad, 8);
  say("%ld %s\n", result, strerrorname_np(errno));
  result = syscall(SYS_rt_sigaction, SIGTERM, NULL, &before, 4);
  say("%ld %s\n", result, strerrorname_np(errno));
  result = syscall(SYS_rt_sigaction, SIGTERM, NULL, NULL, 8);
  say("%ld\n", result);
  show(SIGTERM);
}

static void all_queries(long argument) {
  (void)argument;
  for (int number = 1; number < 65; ++number) show(number);
}

// A library that borrows a signal for a while.
static void borrowed(long argument) {
  int number = argument & 0xff;
  if (argument & 0x100) set(number, h3, SA_SIGINFO | SA_RESTART);
  if (argument & 0x200) set(number, (void*)SIG_IGN, 0);
  struct sigaction saved, mine, between;
  memset(&saved, 0, sizeof saved);
  memset(&mine, 0, sizeof mine);
  memset(&between, 0, sizeof between);
  sigaction(number, NULL, &saved);
  show_action(&saved);
  mine.sa_handler = h1;
  sigaction(number, &mine, &between);
  show_action(&between);
  raise(number);
  say("restored: %d\n", sigaction(number, &saved, &mine));
  show_action(&mine);
  show(number);
  raise(number);
  say("alive\n");
}
static void borrowed_raw(long argument) {
  int number = argument & 0xff;
  if (argument & 0x100) set(number, h1, SA_RESTART);
  struct kernel_action saved;
  raw_action(number, NULL, &saved);
  say("%s %lx %lx\n", name_of(saved.handler), saved.flags, saved.mask);
  set(number, h2, 0);
  raise(number);
  raw_action(number, &saved, NULL);
  show(number);
  if (argument & 0x100) raise(number);
}
static void same_memory(long argument) {
  (void)argument;
  struct sigaction both, *volatile before = &both;
  memset(&both, 0, sizeof both);
  both.sa_handler = h1;
  say("%d\n", sigaction(SIGTERM, &both, before));
  show_action(&both);
  both.sa_handler = h2;
  both.sa_flags = SA_RESETHAND;
  say("%d\n", sigaction(SIGTERM, &both, before));
  show_action(&both);
  raise(SIGTERM);
  show(SIGTERM);
}
static void many_handlers(long argument) {
  // More handlers than any table holds: code made up on the spot.
  unsigned char* code = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(code, 0xc3, 1 << 20);
  for (long i = 0; i < argument; ++i) {
    Handler mine = (Handler)(code + i * 16);
    Handler before = signal(SIGUSR1, mine);
    if (i && before != (Handler)(code + (i - 1) * 16)) say("wrong at %ld\n", i);
    raise(SIGUSR1);
  }
  say("%d\n", signal(SIGUSR1, SIG_DFL) == (Handler)(code + (argument - 1) * 16));
  raise(SIGUSR1);
}
static void many_looks(long argument) {
  for (long i = 0; i < argument; ++i) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    memcpy(&action.sa_mask, &i, sizeof i);
    if (sigaction(SIGTERM, &action, NULL)) say("fails\n");
    struct sigaction now;
    sigaction(SIGTERM, NULL, &now);
    if (now.sa_handler != SIG_DFL || memcmp(&now.sa_mask, &i, sizeof i) != 0) {
      long mask;
      memcpy(&mask, &now.sa_mask, sizeof mask);
      if ((mask | 0x40100) != (i | 0x40100)) say("wrong at %ld\n", i);
    }
  }
  raise(SIGTERM);
}

void call_cases(Add add) {
  char name[80];
  const int signals[] = {SIGTERM, SIGUSR1, SIGCHLD, SIGRTMIN + 1};
  for (unsigned s = 0; s < sizeof signals / sizeof *signals; ++s)
    for (int w = 0; w < number_of_ways; ++w) {
      snprintf(name, sizeof name, "calls-%s-%d", ways[w].name, signals[s]);
      add(name, one_way, signals[s] | w << 8);
    }
  add("siginterrupt-default", interrupts, SIGTERM);
  add("siginterrupt-handler", interrupts, SIGTERM | 0x100);
  add("siginterrupt-child", interrupts, SIGCHLD);
  for (unsigned s = 0; s < 3; ++s)
    for (int had = 0; had < 2; ++had) {
      snprintf(name, sizeof name, "held-%d-%s", signals[s], had ? "handler" : "default");
      add(name, held, signals[s] | had << 8);
    }
  add("fails", fails, 0);
  add("bad-pointers", bad_pointers, 0);
  add("all-queries", all_queries, 0);
  for (unsigned s = 0; s < 3; ++s)
    for (int had = 0; had < 3; ++had) {
      snprintf(name, sizeof name, "borrowed-%d-%s", signals[s], had == 0 ? "default" : had == 1 ? "handler" : "ignored");
      add(name, borrowed, signals[s] | had << 8);
    }
  add("borrowed-raw-default", borrowed_raw, SIGTERM);
  add("borrowed-raw-handler", borrowed_raw, SIGTERM | 0x100);
  add("same-memory", same_memory, 0);
  add("many-handlers", many_handlers, 1000);
  add("many-looks", many_looks, 200);
}
