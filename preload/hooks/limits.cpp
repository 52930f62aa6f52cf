// What a process may have: changed by itself, its own limits are looked at anew.
#include <sys/resource.h>
#include <sys/types.h>

#include "preload/hook.h"
#include "preload/limits.h"

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

}  // namespace lifeguard
