// Signals across fork, vfork, clone, exec, spawn and threads.
#include <linux/sched.h>
#include <sched.h>
#include <spawn.h>
#include <sys/resource.h>

#include "trace.h"

extern char** environ;

static void reap(pid_t child) {
  int status = 0;
  if (waitpid(child, &status, __WALL) != child) return say("not waited for: %s\n", strerrorname_np(errno));
  child_ended(status);
}

// What an image finds that was exec'ed or spawned with handlers, ignored and blocked signals around.
static void prepare(void) {
  set(SIGHUP, (void*)SIG_IGN, 0);
  set(SIGINT, h1, SA_RESTART);
  set(SIGPIPE, (void*)SIG_IGN, 0);
  set(SIGCHLD, (void*)SIG_IGN, 0);
  set(SIGCHLD, (void*)SIG_DFL, 0);
  sigset_t some;
  sigemptyset(&some);
  sigaddset(&some, SIGUSR1);
  sigaddset(&some, SIGTERM);
  sigprocmask(SIG_BLOCK, &some, NULL);
}
static void exec_inherits(long argument) {
  prepare();
  pid_t child = argument == 1 ? vfork() : argument == 2 ? syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) : fork();
  if (child == 0) {
    execl(program, program, "--show", "5", NULL);
    _exit(9);
  }
  reap(child);
}
static void spawn_inherits(long argument) {
  prepare();
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t to_default, mask;
  sigemptyset(&to_default);
  sigaddset(&to_default, SIGHUP);
  sigaddset(&to_default, SIGPIPE);
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR2);
  posix_spawnattr_setsigdefault(&attributes, &to_default);
  posix_spawnattr_setsigmask(&attributes, &mask);
  short flags = argument == 0 ? 0 : argument == 1 ? POSIX_SPAWN_SETSIGDEF : POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
  posix_spawnattr_setflags(&attributes, flags);
  char* arguments[] = {program, "--show", "6", NULL};
  pid_t child;
  int result = posix_spawn(&child, program, NULL, &attributes, arguments, environ);
  reap(child);
  say("%d\n", result);
  show(SIGHUP);
  show(SIGINT);
}
static void by_shell(long argument) {
  prepare();
  char command[5000];
  snprintf(command, sizeof command, "%s --show 3", program);
  if (argument) {
    FILE* pipe = popen(command, "r");
    char line[200];
    while (fgets(line, sizeof line, pipe)) say("%s", line);
    child_ended(pclose(pipe));
  } else {
    child_ended(system(command));
  }
  show(SIGINT);
  show(SIGQUIT);
  raise(SIGINT);
}
static void shell_is_interrupted(long argument) {
  if (argument) set(SIGINT, h1, 0);
  child_ended(system("kill -INT $PPID; kill -TERM $$"));
  show(SIGINT);
  raise(SIGINT);
}

static void forked(long argument) {
  set(SIGTERM, h1, SA_RESTART);
  pid_t child = argument ? syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) : fork();
  if (child == 0) {
    show(SIGTERM);
    raise(SIGTERM);
    signal(SIGTERM, SIG_DFL);
    set(SIGINT, h2, 0);
    raise(SIGINT);
    show(SIGTERM);
    raise(SIGTERM);
    _exit(1);
  }
  reap(child);
  show(SIGTERM);
  show(SIGINT);
  raise(SIGTERM);
  raise(SIGINT);
}
static void vforked(long argument) {
  set(SIGTERM, h1, SA_RESTART);
  set(SIGHUP, (void*)SIG_IGN, 0);
  pid_t child = vfork();
  if (child == 0) {
    if (argument & 1) set(SIGTERM, (void*)SIG_DFL, 0);
    if (argument & 2) set(SIGINT, h2, SA_RESETHAND);
    if (argument & 4) signal(SIGHUP, SIG_DFL);
    if (argument & 8) raise(SIGTERM);
    if (argument & 16) raise(SIGINT);
    if (argument & 32) raise(SIGQUIT);
    if (argument & 64) execl(program, program, "--show", "4", NULL);
    _exit(2);
  }
  reap(child);
  show(SIGTERM);
  show(SIGHUP);
  show(SIGINT);
  raise(SIGTERM);
  raise(SIGHUP);
  raise(SIGQUIT);
}

static char clone_stack[65536];
static int clone_child(void* argument) {
  show(SIGTERM);
  set(SIGTERM, h2, 0);
  raise(SIGTERM);
  if (argument) raise(SIGINT);
  _exit(4);
}
static void cloned(long argument) {
  set(SIGTERM, h1, 0);
  int flags = argument == 0   ? SIGCHLD
              : argument == 1 ? CLONE_VM | CLONE_VFORK | SIGCHLD
              : argument == 2 ? CLONE_VM | CLONE_VFORK | CLONE_SIGHAND | SIGCHLD
                              : CLONE_FILES | SIGCHLD;
  pid_t child = clone(clone_child, clone_stack + sizeof clone_stack, flags, argument == 1 ? &flags : NULL);
  if (child < 0) return say("no clone\n");
  reap(child);
  show(SIGTERM);
  raise(SIGTERM);
  raise(SIGINT);
}
static void cleared(long argument) {
  (void)argument;
  set(SIGTERM, h1, 0);
  set(SIGHUP, (void*)SIG_IGN, 0);
  struct clone_args how = {.flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD};
  pid_t child = syscall(SYS_clone3, &how, sizeof how);
  if (child == 0) {
    show(SIGTERM);
    show(SIGHUP);
    raise(SIGTERM);
    _exit(1);
  }
  reap(child);
  raise(SIGTERM);
}

// Threads.
static pthread_barrier_t barrier;
static void* thread_waits(void* argument) {
  (void)argument;
  show_mask("thread");
  pthread_barrier_wait(&barrier);
  while (1) pause();
  return NULL;
}
static volatile int handled;
static void counts(int signal) {
  (void)signal;
  __atomic_add_fetch(&handled, 1, __ATOMIC_SEQ_CST);
}
static void to_thread(long argument) {
  pthread_t thread;
  pthread_barrier_init(&barrier, NULL, 2);
  if (argument) set(SIGTERM, counts, 0);
  pthread_create(&thread, NULL, thread_waits, NULL);
  pthread_barrier_wait(&barrier);
  pthread_kill(thread, SIGTERM);
  for (int i = 0; i < 2000 && !handled; ++i) nap(1);
  say("handled %d\n", handled);
  pthread_cancel(thread);
  pthread_join(thread, NULL);
  say("joined\n");
}
static void* thread_faults(void* argument) {
  pthread_barrier_wait(argument);
  *(volatile int*)8 = 1;
  return NULL;
}
static void two_faults(long argument) {
  pthread_t threads[2];
  pthread_barrier_init(&barrier, NULL, 2);
  for (int i = 0; i < 2; ++i) pthread_create(&threads[i], NULL, thread_faults, &barrier);
  for (int i = 0; i < 2; ++i) pthread_join(threads[i], NULL);
  (void)argument;
}
static void* thread_changes(void* argument) {
  set(SIGTERM, argument, 0);
  return NULL;
}
static void set_by_thread(long argument) {
  pthread_t thread;
  (void)argument;
  pthread_create(&thread, NULL, thread_changes, h1);
  pthread_join(thread, NULL);
  show(SIGTERM);
  raise(SIGTERM);
  pthread_create(&thread, NULL, thread_changes, (void*)SIG_DFL);
  pthread_join(thread, NULL);
  show(SIGTERM);
  raise(SIGTERM);
}
static void* changes_user(void* argument) {
  (void)argument;
  say("setgid %d\n", setgid(getgid()));  // libc tells every thread with a signal of its own
  return NULL;
}
static void ids_in_threads(long argument) {
  pthread_t waiting, changing;
  (void)argument;
  pthread_barrier_init(&barrier, NULL, 2);
  pthread_create(&waiting, NULL, thread_waits, NULL);
  pthread_barrier_wait(&barrier);
  pthread_create(&changing, NULL, changes_user, NULL);
  pthread_join(changing, NULL);
  say("done\n");
}

// Limits and pipes that raise signals.
static void broken_pipe(long argument) {
  int ends[2];
  if (pipe(ends)) return;
  close(ends[0]);
  if (argument == 1) set(SIGPIPE, h1, 0);
  if (argument == 2) set(SIGPIPE, (void*)SIG_IGN, 0);
  long n = write(ends[1], "x", 1);
  say("%ld %s\n", n, strerrorname_np(errno));
}
static void file_too_large(long argument) {
  struct rlimit small = {10, 10};
  FILE* file = tmpfile();
  setrlimit(RLIMIT_FSIZE, &small);
  if (argument == 1) set(SIGXFSZ, h1, 0);
  if (argument == 2) set(SIGXFSZ, (void*)SIG_IGN, 0);
  long n = pwrite(fileno(file), "x", 1, 100);
  say("%ld %s\n", n, strerrorname_np(errno));
}
static void stopped(long argument) {
  pid_t child = fork();
  if (child == 0) {
    if (argument == SIGTSTP) set(SIGCONT, h1, 0);
    raise(argument);
    say("continued\n");
    _exit(0);
  }
  int status;
  waitpid(child, &status, WUNTRACED);
  child_ended(status);
  kill(child, SIGCONT);
  reap(child);
}

// Set before any constructor has run.
static void early(int argc, char** argv) {
  if (argc == 3 && strcmp(argv[2], "set-before-constructors") == 0) {
    set(SIGUSR2, h2, SA_RESTART);
    set(SIGHUP, (void*)SIG_IGN, 0);
  }
}
__attribute__((section(".preinit_array"), used)) static void (*run_early)(int, char**) = early;
static void was_early(long argument) {
  (void)argument;
  show(SIGUSR2);
  show(SIGHUP);
  raise(SIGUSR2);
  signal(SIGUSR2, SIG_DFL);
  raise(SIGUSR2);
}

void process_cases(Add add) {
  add("exec-inherits-fork", exec_inherits, 0);
  add("exec-inherits-vfork", exec_inherits, 1);
  add("exec-inherits-clone", exec_inherits, 2);
  add("spawn-inherits", spawn_inherits, 0);
  add("spawn-setsigdef", spawn_inherits, 1);
  add("spawn-setsigmask", spawn_inherits, 2);
  add("system", by_shell, 0);
  add("popen", by_shell, 1);
  add("system-interrupted", shell_is_interrupted, 0);
  add("system-interrupted-handler", shell_is_interrupted, 1);
  add("fork", forked, 0);
  add("raw-fork", forked, 1);
  const int vforks[] = {0, 1, 2, 4, 7, 8, 9, 16, 18, 22, 32, 64, 71};
  for (unsigned i = 0; i < sizeof vforks / sizeof *vforks; ++i) {
    char name[80];
    snprintf(name, sizeof name, "vfork-%d", vforks[i]);
    add(name, vforked, vforks[i]);
  }
  add("clone", cloned, 0);
  add("clone-vfork", cloned, 1);
  add("clone-sighand", cloned, 2);
  add("clone-files", cloned, 3);
  add("clone-cleared", cleared, 0);
  add("thread-handler", to_thread, 1);
  add("thread-default", to_thread, 0);
  add("thread-two-faults", two_faults, 0);
  add("thread-sets", set_by_thread, 0);
  add("thread-ids", ids_in_threads, 0);
  add("broken-pipe", broken_pipe, 0);
  add("broken-pipe-handler", broken_pipe, 1);
  add("broken-pipe-ignored", broken_pipe, 2);
  add("file-too-large", file_too_large, 0);
  add("file-too-large-handler", file_too_large, 1);
  add("file-too-large-ignored", file_too_large, 2);
  add("stopped", stopped, SIGSTOP);
  add("stopped-tstp", stopped, SIGTSTP);
  add("set-before-constructors", was_early, 0);
}
