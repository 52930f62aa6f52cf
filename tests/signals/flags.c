// Flags of sigaction, one by one and in pairs: what a handler sees, what a query shows before, inside and after.
#include "trace.h"

static const struct {
  const char* name;
  int flag;
} flags[] = {{"RESETHAND", SA_RESETHAND}, {"NODEFER", SA_NODEFER}, {"RESTART", SA_RESTART},
             {"ONSTACK", SA_ONSTACK},     {"SIGINFO", SA_SIGINFO}, {"NOCLDSTOP", SA_NOCLDSTOP}};
enum { number_of_flags = sizeof flags / sizeof *flags };

static int depth, given_flags;

static void inside(int signal, siginfo_t* info) {
  say("handler %d depth %d %s\n", signal, depth, on_alternate_stack() ? "on the alternate stack" : "on its own stack");
  if (info) say("  code %d by %s\n", info->si_code, info->si_pid == getpid() ? "self" : "other");
  show_mask("inside");
  show(signal);
  if (depth++ == 0 && !(given_flags & SA_RESETHAND)) {
    raise(signal);  // at once with NODEFER, else after this one
    say("raised inside\n");
  }
}
static void plain(int signal) { inside(signal, NULL); }
static void with_info(int signal, siginfo_t* info, void* context) {
  ucontext_t* there = context;
  unsigned long mask;
  memcpy(&mask, &there->uc_sigmask, sizeof mask);
  say("  interrupted with mask %lx\n", mask);
  inside(signal, info);
}

static void one(long argument) {
  int signal = argument & 0xff;
  given_flags = 0;
  for (int i = 0; i < number_of_flags; ++i)
    if (argument >> (8 + i) & 1) given_flags |= flags[i].flag;
  alternate_stack();
  struct sigaction action;
  memset(&action, 0, sizeof action);
  if (given_flags & SA_SIGINFO)
    action.sa_sigaction = with_info;
  else
    action.sa_handler = plain;
  action.sa_flags = given_flags;
  sigaddset(&action.sa_mask, SIGUSR2);
  say("set: %d\n", sigaction(signal, &action, NULL));
  show(signal);
  raise(signal);
  show_mask("after");
  show(signal);
  say("once more\n");
  raise(signal);
  say("survived\n");
}

void flag_cases(Add add) {
  const int signals[] = {SIGUSR1, SIGTERM, SIGSEGV, SIGCHLD};
  for (unsigned s = 0; s < sizeof signals / sizeof *signals; ++s)
    for (int a = -1; a < number_of_flags; ++a)
      for (int b = a; b < number_of_flags; ++b) {
        if (a < 0 && b >= 0) continue;
        char name[80];
        snprintf(name, sizeof name, "flags-%d-%s%s%s", signals[s], a < 0 ? "none" : flags[a].name, b > a ? "+" : "",
                 b > a ? flags[b].name : "");
        long bits = (a < 0 ? 0 : 1l << a) | (b < 0 ? 0 : 1l << b);
        add(name, one, signals[s] | bits << 8);
      }
}
