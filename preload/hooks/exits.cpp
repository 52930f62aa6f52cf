// Ends that pass no exit handler, and the moment at which a program gives up its system calls.
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "preload/clock.h"
#include "preload/hook.h"
#include "preload/lifecycle.h"
#include "preload/state.h"

namespace lifeguard {

HOOK(void, _exit, (int status)) {
  REAL(_exit)(finish(status));
  __builtin_unreachable();
}
HOOK(void, _Exit, (int status)) {
  REAL(_Exit)(finish(status));
  __builtin_unreachable();
}
// Its handlers are not told the status.
HOOK(void, quick_exit, (int status)) {
  image.quick_status = status;
  REAL(quick_exit)(status);
  __builtin_unreachable();
}

HOOK(int, prctl, (int option, ...)) {
  va_list rest;
  va_start(rest, option);
  unsigned long a = va_arg(rest, unsigned long), b = va_arg(rest, unsigned long), c = va_arg(rest, unsigned long),
                d = va_arg(rest, unsigned long);
  va_end(rest);
  bool gives_up = option == PR_SET_SECCOMP && (a == SECCOMP_MODE_STRICT || a == SECCOMP_MODE_FILTER);
  bool sealed = gives_up && seal();
  if (option == PR_SET_TSC && a == PR_TSC_SIGSEGV) clock::use_counter(false);
  int result = REAL(prctl)(option, a, b, c, d);
  if (sealed && result != 0) unseal();
  return result;
}

}  // namespace lifeguard
