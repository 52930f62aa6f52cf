// What a process may have: changed by itself, its own limits are looked at anew. And memory that it locks: a ledger,
// most of which is empty, is not to be read in for that.
#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "preload/beside.h"
#include "preload/hook.h"
#include "preload/limits.h"
#include "preload/store.h"

namespace lifeguard {
namespace {

int changed(int result, int resource) {
  bool ours = resource == RLIMIT_NOFILE || resource == RLIMIT_NPROC;
  if (result == 0 && ours && image.started && !image.sealed && !lifeguard_vfork_depth) limits::plan();
  return result;
}

}  // namespace

HOOK(int, setrlimit, (__rlimit_resource_t resource, const rlimit* limit)) {
  return changed(REAL(setrlimit)(resource, limit), resource);
}
HOOK(int, setrlimit64, (__rlimit_resource_t resource, const rlimit64* limit)) {
  return changed(REAL(setrlimit64)(resource, limit), resource);
}
HOOK(int, prlimit, (pid_t pid, __rlimit_resource resource, const rlimit* limit, rlimit* before)) {
  int result = REAL(prlimit)(pid, resource, limit, before);
  return limit && pid == 0 ? changed(result, resource) : result;
}
HOOK(int, prlimit64, (pid_t pid, __rlimit_resource resource, const rlimit64* limit, rlimit64* before)) {
  int result = REAL(prlimit64)(pid, resource, limit, before);
  return limit && pid == 0 ? changed(result, resource) : result;
}

HOOK(int, mlockall, (int flags)) {
  bool ours = image.started && !image.sealed && !lifeguard_vfork_depth;
  if (!ours) return REAL(mlockall)(flags);
  bool hides = (flags & MCL_CURRENT) && only_thread();
  uint64_t all = ~0ull, before = 0;
  if (hides) {
    sys::rt_sigprocmask(2 /* SIG_SETMASK */, &all, &before, 8);
    store::hide_ledgers(true);
  }
  int result = REAL(mlockall)(flags), error = errno;
  if (hides) {
    store::hide_ledgers(false);
    sys::rt_sigprocmask(2, &before, nullptr, 8);
  }
  if (result == 0) image.locks_all = flags & MCL_FUTURE;
  errno = error;
  return result;
}
HOOK(int, munlockall, ()) {
  if (!lifeguard_vfork_depth) image.locks_all = false;
  return REAL(munlockall)();
}

}  // namespace lifeguard
