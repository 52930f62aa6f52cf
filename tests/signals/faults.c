// Faults, handlers that leave by another way than returning, and handlers that change what is returned to.
#include <sys/resource.h>

#include "trace.h"

enum { SEGV, DIVIDE, UNDEFINED, BREAKPOINT, BUS, GENERAL, CALL_NULL, OVERFLOW, kinds };
static const char* const kind_names[] = {"segv", "divide", "undefined", "breakpoint", "bus", "general", "call-null", "overflow"};
static const int kind_signals[] = {SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGBUS, SIGSEGV, SIGSEGV, SIGSEGV};

static long deep(volatile char* above) {
  volatile char here[4096];
  here[0] = above[0];
  return deep(here) + here[0];
}

static void commit(int kind) {
  volatile int zero = 0;
  switch (kind) {
    case SEGV:  // two bytes long: mov %al, (%rdi)
      asm volatile("xorl %%edi, %%edi; movb %%al, (%%rdi)" ::: "rdi", "memory");
      break;
    case DIVIDE:
      say("%d\n", 1 / zero);
      break;
    case UNDEFINED:
      asm volatile("ud2");
      break;
    case BREAKPOINT:
      asm volatile("int3");
      break;
    case BUS: {
      FILE* file = tmpfile();
      char* memory = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fileno(file), 0);
      say("%d\n", *(volatile char*)memory);
      break;
    }
    case GENERAL:
      asm volatile("movabsq $0x8000000000000000, %%rdi; movb %%al, (%%rdi)" ::: "rdi", "memory");
      break;
    case CALL_NULL: {
      void (*volatile nothing)(void) = NULL;
      nothing();
      break;
    }
    default: {
      volatile char start = 0;
      struct rlimit small = {262144, 262144};
      setrlimit(RLIMIT_STACK, &small);
      deep(&start);
    }
  }
  say("went on\n");
}

static sigjmp_buf place;
static void jumps(int signal, siginfo_t* info, void* context) {
  (void)context;
  say("jumps(%d) code %s%s\n", signal, info->si_code > 0 ? "kernel" : "user", on_alternate_stack() ? " alternate" : "");
  siglongjmp(place, 1);
}
static void skips(int signal, siginfo_t* info, void* context) {
  ucontext_t* there = context;
  say("skips(%d) code %d\n", signal, info->si_code);
  there->uc_mcontext.gregs[REG_RIP] += 2;
  sigaddset(&there->uc_sigmask, SIGUSR2);
}
static int times;
static void gives_up(int signal) {
  say("gives_up(%d)\n", signal);
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = SIG_DFL;
  sigaction(signal, &action, NULL);
}
static void exits(int signal) {
  say("exits(%d)\n", signal);
  exit(11);
}
static void exits_now(int signal) {
  say("exits_now(%d)\n", signal);
  _exit(12);
}
static void raises_again(int signal) {
  say("raises_again(%d)\n", signal);
  if (times++ == 0) {
    set(signal, (void*)SIG_DFL, 0);
    raise(signal);
    say("held until the handler returns\n");
  }
}
static void kills_by_other(int signal) {
  say("other(%d)\n", signal);
  raise(SIGTERM);
}
static void at_the_end(void) { say("atexit\n"); }

static void fault(long argument) {
  int kind = argument & 0xff, signal = kind_signals[kind];
  if (argument & 0x1000) alternate_stack();
  switch (argument >> 8 & 0xf) {
    case 0:
      break;
    case 1:
      set(signal, jumps, SA_SIGINFO | (argument & 0x1000 ? SA_ONSTACK : 0));
      if (sigsetjmp(place, 1)) {
        show_mask("came back");
        if (times++ == 2) return;
      }
      break;
    case 2:
      set(signal, gives_up, argument & 0x1000 ? SA_ONSTACK : 0);
      break;
    case 3:
      set(signal, (void*)SIG_IGN, 0);
      break;
    case 4: {
      sigset_t one;
      sigemptyset(&one);
      sigaddset(&one, signal);
      sigprocmask(SIG_BLOCK, &one, NULL);
      set(signal, h1, 0);
      break;
    }
    case 5:
      set(signal, skips, SA_SIGINFO);
      break;
  }
  commit(kind);
  show_mask("after");
}

static void leaves(long argument) {
  static const struct {
    void* handler;
    int flags;
  } ways[] = {{exits, 0}, {exits_now, 0}, {raises_again, 0}, {raises_again, SA_NODEFER}, {kills_by_other, 0}, {exits, SA_ONSTACK}};
  atexit(at_the_end);
  alternate_stack();
  set(argument & 0xff, ways[argument >> 8].handler, ways[argument >> 8].flags);
  raise(argument & 0xff);
  say("came back\n");
}

static void jumps_often(long argument) {
  set(SIGUSR1, jumps, SA_SIGINFO | (argument ? SA_ONSTACK : 0));
  if (argument) alternate_stack();
  for (volatile int i = 0; i < 3; ++i)
    if (!sigsetjmp(place, 1)) raise(SIGUSR1);
  stack_t stack;
  sigaltstack(NULL, &stack);
  say("flags %d\n", stack.ss_flags);
  show_mask("after");
}

// What the registers are when a handler begins, and after it: the library must leave no trace in either.
static volatile long seen[3];
static void registers(int signal, siginfo_t* info, void* context) {
  ucontext_t* there = context;
  seen[0] = signal;
  seen[1] = info->si_signo;
  seen[2] = there->uc_mcontext.gregs[REG_R12];
  there->uc_mcontext.gregs[REG_R12] = 77;
  errno = ENOTTY;
}
static void context_changed(long argument) {
  (void)argument;
  set(SIGUSR1, registers, SA_SIGINFO);
  long number = SYS_tgkill, result = 0, twelve = 0;
  errno = 0;
  asm volatile("movq $55, %%r12; syscall; movq %%r12, %1"
               : "=a"(result), "=r"(twelve)
               : "0"(number), "D"((long)getpid()), "S"((long)gettid()), "d"((long)SIGUSR1)
               : "r12", "rcx", "r11", "memory");
  say("seen %ld %ld r12 %ld, now %ld, errno %s\n", seen[0], seen[1], seen[2], twelve, strerrorname_np(errno));
}

void fault_cases(Add add) {
  static const char* const answers[] = {"default", "jump", "gives-up", "ignored", "blocked"};
  char name[80];
  for (int kind = 0; kind < kinds; ++kind)
    for (int answer = 0; answer < 5; ++answer)
      for (int stack = 0; stack < 2; ++stack) {
        if (answer > 2 && stack) continue;
        if (kind == OVERFLOW && answer == 1 && stack) continue;  // libc's unwinding of such a jump is no signal's matter
        snprintf(name, sizeof name, "fault-%s-%s%s", kind_names[kind], answers[answer], stack ? "-alternate" : "");
        add(name, fault, kind | answer << 8 | stack << 12);
      }
  add("fault-segv-skips", fault, SEGV | 5 << 8);
  add("fault-undefined-skips", fault, UNDEFINED | 5 << 8);
  static const char* const ways[] = {"exit", "_exit", "raise", "raise-nodefer", "other", "exit-alternate"};
  const int signals[] = {SIGINT, SIGSEGV, SIGPIPE};
  for (unsigned s = 0; s < 3; ++s)
    for (int way = 0; way < 6; ++way) {
      snprintf(name, sizeof name, "leaves-%d-%s", signals[s], ways[way]);
      add(name, leaves, signals[s] | way << 8);
    }
  add("jumps-often", jumps_often, 0);
  add("jumps-often-alternate", jumps_often, 1);
  add("context-changed", context_changed, 0);
}
