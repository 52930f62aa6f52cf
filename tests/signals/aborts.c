// abort() in all its ways, and filters that raise SIGSYS.
#include <assert.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "trace.h"

static sigjmp_buf place;
static void jumps(int signal) {
  say("jumps(%d)\n", signal);
  siglongjmp(place, 1);
}
static void exits(int signal) {
  say("exits(%d)\n", signal);
  _exit(21);
}
static void aborts_again(int signal) {
  static int times;
  say("aborts_again(%d)\n", signal);
  if (times++ == 3) _exit(22);
  abort();
}
static void sets_another(int signal) {
  say("sets_another(%d)\n", signal);
  set(SIGABRT, h2, 0);
}
static void at_the_end(void) { say("atexit\n"); }

static void* by_thread(void* argument) {
  (void)argument;
  abort();
}

enum { PLAIN, HANDLER, INFO, IGNORED, BLOCKED, JUMP, EXIT, AGAIN, ONCE, ANOTHER, NODEFER, kinds };
static const char* const names[] = {"plain", "handler", "info", "ignored", "blocked", "jump", "exit", "again", "once", "another", "nodefer"};

static void one(long argument) {
  int kind = argument & 0xff;
  atexit(at_the_end);
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGABRT);
  if (argument & 0x400) alternate_stack();
  if (kind == HANDLER) set(SIGABRT, h1, argument & 0x400 ? SA_ONSTACK : 0);
  if (kind == INFO) set(SIGABRT, h3, SA_SIGINFO);
  if (kind == IGNORED) set(SIGABRT, (void*)SIG_IGN, 0);
  if (kind == BLOCKED) sigprocmask(SIG_BLOCK, &mask, NULL), set(SIGABRT, h1, 0);
  if (kind == JUMP) set(SIGABRT, jumps, 0);
  if (kind == EXIT) set(SIGABRT, exits, 0);
  if (kind == AGAIN) set(SIGABRT, aborts_again, 0);
  if (kind == ONCE) set(SIGABRT, h1, SA_RESETHAND);
  if (kind == ANOTHER) set(SIGABRT, sets_another, 0);
  if (kind == NODEFER) set(SIGABRT, h1, SA_NODEFER);
  if (kind == JUMP && sigsetjmp(place, 1)) {
    show(SIGABRT);
    show_mask("came back");
    raise(SIGTERM);
  }
  if (argument & 0x100) {
    pthread_t thread;
    pthread_create(&thread, NULL, by_thread, NULL);
    pthread_join(thread, NULL);
  }
  if (argument & 0x200) assert(!"this");
  abort();
}
static void only_raised(long argument) {
  set(SIGABRT, argument ? (void*)h3 : (void*)h1, argument ? SA_SIGINFO : 0);
  raise(SIGABRT);
  kill(getpid(), SIGABRT);
  say("alive\n");
  show_mask("after");
}

static void filtered(long argument) {
  struct sock_filter steps[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 0, 1),
                                BPF_STMT(BPF_RET | BPF_K, argument & 4 ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_TRAP),
                                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  struct sock_fprog filter = {sizeof steps / sizeof *steps, steps};
  if (argument & 1) set(SIGSYS, h1, 0);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  say("%d\n", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter));
  show(SIGTERM);
  if (argument & 2) raise(SIGTERM);
  say("%d\n", getpriority(0, 0) >= -20);
  set(SIGTERM, h1, 0);
  raise(SIGTERM);
  set(SIGTERM, (void*)SIG_DFL, 0);
  raise(SIGTERM);
}

void abort_cases(Add add) {
  char name[80];
  for (int kind = 0; kind < kinds; ++kind) {
    snprintf(name, sizeof name, "abort-%s", names[kind]);
    add(name, one, kind);
    snprintf(name, sizeof name, "abort-%s-thread", names[kind]);
    if (kind != JUMP && kind != BLOCKED) add(name, one, kind | 0x100);
  }
  add("abort-assert", one, PLAIN | 0x200);
  add("abort-assert-handler", one, HANDLER | 0x200);
  add("abort-handler-alternate", one, HANDLER | 0x400);
  add("abort-only-raised", only_raised, 0);
  add("abort-only-raised-info", only_raised, 1);
  add("filter-default", filtered, 0);
  add("filter-handler", filtered, 1);
  add("filter-then-term", filtered, 2);
  add("filter-kills", filtered, 4);
}
