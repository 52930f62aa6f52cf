// The default action, and ignoring, however the signal comes and whatever was set before.
#include "trace.h"

static void by_raise(long signal) {
  raise(signal);
  say("alive\n");
}
static void by_kill(long signal) {
  kill(getpid(), signal);
  nap(1);
  say("alive\n");
}
static void by_queue(long signal) {
  alternate_stack();
  union sigval value = {.sival_int = 7};
  sigqueue(getpid(), signal, value);
  nap(1);
  say("alive\n");
}
static void* killer(void* signal) {
  pthread_kill(pthread_self(), (long)signal);
  say("thread alive\n");
  return NULL;
}
static void by_thread(long signal) {
  pthread_t thread;
  pthread_create(&thread, NULL, killer, (void*)signal);
  pthread_join(thread, NULL);
  say("alive\n");
}
static void ignored(long signal) {
  void (*before)(int) = sigset(signal, SIG_IGN);
  say("%s\n", name_of(before));
  raise(signal);
  show(signal);
  say("alive\n");
}
static void handled_then_default(long signal) {
  set(signal, h1, 0);
  raise(signal);
  struct sigaction action, before;
  memset(&action, 0, sizeof action);
  action.sa_flags = SA_RESTART | SA_NODEFER;
  sigaddset(&action.sa_mask, SIGUSR1);
  say("%d\n", sigaction(signal, &action, &before));
  show_action(&before);
  show(signal);
  raise(signal);
  say("alive\n");
}
static void blocked_then_default(long signal) {
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  sigprocmask(SIG_BLOCK, &one, NULL);
  raise(signal);
  say("blocked\n");
  sigprocmask(SIG_UNBLOCK, &one, NULL);
  say("alive\n");
}
static void default_after_blocked_handler(long signal) {
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  sigprocmask(SIG_BLOCK, &one, NULL);
  set(signal, h1, 0);
  raise(signal);
  set(signal, (void*)SIG_IGN, 0);  // takes a pending one away
  set(signal, h2, 0);
  sigprocmask(SIG_UNBLOCK, &one, NULL);
  say("unblocked\n");
  raise(signal);
}

// An alternate stack that nothing fits on: for what a program has no handler for, none is needed.
static void without_room(long argument) {
  char* memory = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  stack_t stack = {.ss_sp = memory, .ss_size = 65536};
  sigaltstack(&stack, NULL);
  munmap(memory, 65536);
  raise((int)argument);
}

void default_cases(Add add) {
  const struct {
    const char* name;
    Case run;
  } kinds[] = {{"raise", by_raise}, {"kill", by_kill}, {"queue", by_queue}};
  const struct {
    const char* name;
    Case run;
  } others[] = {{"thread", by_thread},
                {"without-room", without_room},
                {"ignored", ignored},
                {"handled-then-default", handled_then_default},
                {"blocked-then-default", blocked_then_default},
                {"pending-then-ignored", default_after_blocked_handler}};
  char name[80];
  for (int signal = 1; signal < 32; ++signal) {
    int stops = signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
    if (signal == SIGALRM || stops) continue;  // the one is this program's own bell, the others wait for nobody
    for (unsigned k = 0; k < sizeof kinds / sizeof *kinds; ++k) {
      snprintf(name, sizeof name, "default-%s-%d", kinds[k].name, signal);
      add(name, kinds[k].run, signal);
    }
  }
  const int some[] = {SIGHUP, SIGINT, SIGQUIT, SIGSEGV, SIGPIPE, SIGTERM, SIGSYS, SIGURG, SIGRTMIN + 3};
  for (unsigned s = 0; s < sizeof some / sizeof *some; ++s)
    for (unsigned k = 0; k < sizeof others / sizeof *others; ++k) {
      snprintf(name, sizeof name, "default-%s-%d", others[k].name, some[s]);
      add(name, others[k].run, some[s]);
    }
}
