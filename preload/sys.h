// System calls made by the library itself, as bare instructions: they touch no errno, pass no hook (ours or another
// preload's), are no cancellation point, and work before libc is set up. Results are the kernel's: -errno on failure.
#pragma once

#include <asm/unistd.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>
#include <time.h>

#pragma GCC poison malloc calloc realloc free printf fprintf snprintf \
    strdup  // the program's, and not safe where hooks run

namespace lifeguard::sys {

inline long call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
  long result;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

template <typename... Arguments>
inline long call_with(long number, Arguments... arguments) {
  return call(number, (long)(arguments)...);  // NOLINT: pointers and integers alike go into registers
}

inline bool failed(long result) { return result < 0 && result >= -4095; }

#define LIFEGUARD_SYSTEM_CALL(name)                                \
  template <typename... Arguments>                                 \
  inline long name(Arguments... arguments) {                       \
    return ::lifeguard::sys::call_with(__NR_##name, arguments...); \
  }
LIFEGUARD_SYSTEM_CALL(openat)
LIFEGUARD_SYSTEM_CALL(close)
LIFEGUARD_SYSTEM_CALL(close_range)
LIFEGUARD_SYSTEM_CALL(pread64)
LIFEGUARD_SYSTEM_CALL(read)
LIFEGUARD_SYSTEM_CALL(write)
LIFEGUARD_SYSTEM_CALL(mkdir)
LIFEGUARD_SYSTEM_CALL(mkdirat)
LIFEGUARD_SYSTEM_CALL(unlinkat)
LIFEGUARD_SYSTEM_CALL(renameat)
LIFEGUARD_SYSTEM_CALL(fstat)
LIFEGUARD_SYSTEM_CALL(newfstatat)
LIFEGUARD_SYSTEM_CALL(fstatfs)
LIFEGUARD_SYSTEM_CALL(ftruncate)
LIFEGUARD_SYSTEM_CALL(readlinkat)
LIFEGUARD_SYSTEM_CALL(getdents64)
LIFEGUARD_SYSTEM_CALL(fcntl)
LIFEGUARD_SYSTEM_CALL(mmap)
LIFEGUARD_SYSTEM_CALL(munmap)
LIFEGUARD_SYSTEM_CALL(mremap)
LIFEGUARD_SYSTEM_CALL(madvise)
LIFEGUARD_SYSTEM_CALL(poll)
LIFEGUARD_SYSTEM_CALL(pipe2)
LIFEGUARD_SYSTEM_CALL(dup2)
LIFEGUARD_SYSTEM_CALL(execve)
LIFEGUARD_SYSTEM_CALL(kill)
LIFEGUARD_SYSTEM_CALL(wait4)
LIFEGUARD_SYSTEM_CALL(getpid)
LIFEGUARD_SYSTEM_CALL(getppid)
LIFEGUARD_SYSTEM_CALL(gettid)
LIFEGUARD_SYSTEM_CALL(geteuid)
LIFEGUARD_SYSTEM_CALL(getuid)
LIFEGUARD_SYSTEM_CALL(getcwd)
LIFEGUARD_SYSTEM_CALL(uname)
LIFEGUARD_SYSTEM_CALL(clock_gettime)
LIFEGUARD_SYSTEM_CALL(prlimit64)
LIFEGUARD_SYSTEM_CALL(rt_sigprocmask)
LIFEGUARD_SYSTEM_CALL(sched_yield)
LIFEGUARD_SYSTEM_CALL(exit_group)
#undef LIFEGUARD_SYSTEM_CALL

// Memory of this process, by its pid, where nothing may be mapped, or not for long: by one call, so that what it looks
// at cannot go in between. refused: by a sandbox.
enum class Reading { done, nothing_there, refused };
inline Reading read_memory(long pid, const iovec* there, size_t places, void* to, size_t size) {
  constexpr long bad_address = -14;  // EFAULT
  iovec here = {to, size};
  long n = call_with(__NR_process_vm_readv, pid, &here, 1, there, places, 0);
  if (n == static_cast<long>(size)) return Reading::done;
  return n >= 0 || n == bad_address ? Reading::nothing_there : Reading::refused;
}

}  // namespace lifeguard::sys
