// What the cases here share. A case is a function that does something with signals and says what it saw; what it says
// and how its process ends is its trace, which has to be the same with and without the library. So nothing that differs
// from run to run may be said: no addresses, no pids.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

typedef void (*Case)(long argument);
typedef void (*Add)(const char* name, Case run, long argument);

// One of these a file; main.c knows them all.
void flag_cases(Add add);
void default_cases(Add add);
void call_cases(Add add);
void wait_cases(Add add);
void fault_cases(Add add);
void process_cases(Add add);
void abort_cases(Add add);

__attribute__((format(printf, 1, 2))) void say(const char* format, ...);
extern char program[4096];

// Handlers with a name, and what a query shows of an action.
void h1(int signal);
void h2(int signal);
void h3(int signal, siginfo_t* info, void* context);
const char* name_of(void* handler);
void show(int signal);  // asks and says
void show_action(const struct sigaction* action);
void show_mask(const char* what);
void set(int signal, void* handler, int flags);  // sigaction with an empty mask
void alternate_stack(void);
int on_alternate_stack(void);
void child_ended(int status);
void nap(long milliseconds);
void strike_after(int signal, long microseconds);  // from a timer: SIGALRM at this process, or that signal through it

// As rt_sigaction takes it.
struct kernel_action {
  void* handler;
  unsigned long flags;
  void* restorer;
  unsigned long mask;
};
long raw_action(int signal, const struct kernel_action* action, struct kernel_action* before);
