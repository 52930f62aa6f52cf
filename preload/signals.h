// Signals whose default action ends the process (real-time signals apart): the library stands in front of the program's
// handlers and in place of the default action, and the program cannot tell.
//
// The kernel's own table of actions is the only record of what is installed. What we put there is an address out of two
// rows of entries (signal_entry.S), and each entry stands for one thing for good: a handler of the program, or a look
// of SIG_DFL (the flags and mask that a query would show). So an answer is read off the address that the kernel gives;
// nothing is kept per signal, nothing needs a lock, libc's own saving and restoring inside (system, abort, posix_spawn)
// works as it is, and a vfork child, which shares our memory but not the kernel's table, cannot disturb its parent.
//
// Flags, mask and restorer in the kernel are the program's own. What finds no entry is installed as it is.
#pragma once

#include <signal.h>
#include <stdint.h>

namespace lifeguard::signals {

using Handler = void (*)(int);

struct KernelAction {  // as rt_sigaction takes it
  uintptr_t handler;
  uint64_t flags;
  uintptr_t restorer;
  uint64_t mask;
};

constexpr uint64_t bit(int signal) { return 1ull << (signal - 1); }

// Those that end a process where nothing is set, and can be caught.
inline constexpr uint64_t terminating =
    bit(SIGHUP) | bit(SIGINT) | bit(SIGQUIT) | bit(SIGILL) | bit(SIGTRAP) | bit(SIGABRT) | bit(SIGBUS) | bit(SIGFPE) |
    bit(SIGUSR1) | bit(SIGSEGV) | bit(SIGUSR2) | bit(SIGPIPE) | bit(SIGALRM) | bit(SIGTERM) | bit(SIGSTKFLT) |
    bit(SIGXCPU) | bit(SIGXFSZ) | bit(SIGVTALRM) | bit(SIGPROF) | bit(SIGIO) | bit(SIGPWR) | bit(SIGSYS);
// Those of them that leave a core dump.
inline constexpr uint64_t dumping = bit(SIGQUIT) | bit(SIGILL) | bit(SIGTRAP) | bit(SIGABRT) | bit(SIGBUS) |
                                    bit(SIGFPE) | bit(SIGSEGV) | bit(SIGXCPU) | bit(SIGXFSZ) | bit(SIGSYS);

constexpr bool ends_a_process(int signal) { return signal >= 1 && signal <= 31 && (terminating & bit(signal)); }

// In the constructor: stands in for every default action there is, and in front of handlers that were there before us.
void start();
// In a forked child: one whose parent was a namespace's first process, which the kernel shields, stands in now.
void forked();
// Around a seccomp filter of the program's own: the default action is the kernel's from then on.
void seal();
void unseal();

// Whether a hook has anything to do for this signal.
bool watched(int signal);
// What the kernel is to be given in place of a handler with those flags; SIG_DFL, SIG_IGN and the like are themselves.
Handler entry_for(Handler handler, int flags);
// What the program set, of what the kernel says.
Handler own(Handler installed);
// The same for a whole action.
void own(struct sigaction* action);
void own(KernelAction* action);
// The signal's action has just become what it is without our doing: where it is the default or a plain handler, we
// stand in again.
void stand_in(int signal);
// libc has asked for the action inside and given the kernel what it was told: siginterrupt() with SA_RESTART changed,
// system() as it was.
void given_again(int signal, uint64_t flags_off, uint64_t flags_on);

// Whether a SIGINT or SIGTERM is waiting for a thread that holds all signals back: somebody will not wait any longer.
// One that came together with the first, from the same sender (timeout sends to the process and to its group), is not
// meant so.
bool impatient();
extern uint64_t held_before;  // what the program itself held back

long ask(int signal, KernelAction* action);
long set(int signal, const KernelAction* action, KernelAction* before);

}  // namespace lifeguard::signals
