// A second filter that the kernel refuses leaves the first in force: the library keeps to it, by prctl and by syscall().
// hooks: prctl syscall open close _exit
// variant syscall: -DBY_SYSCALL
// lost: storage cut_stacks
// status: 5
// allow: open-at-end file
// allow: running
// expect: open-at-end pipe 2 in before_it
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>

#include "victim.h"

#define ALLOW(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

SITE static int before_it(int ends[2]) { return pipe(ends); }
SITE static int after_it(int depth) {
  int fd = depth > 0 ? after_it(depth - 1) : open(PLAIN_FILE, O_RDONLY);
  CHECK(fd > 2);
  return fd;
}
static long install(struct sock_fprog* filter) {
#ifdef BY_SYSCALL
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, filter);
#else
  return filter ? prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter) : syscall(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter);
#endif
}

void victim(void) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      ALLOW(SYS_openat),
      ALLOW(SYS_close),
      ALLOW(SYS_prctl),
      ALLOW(SYS_seccomp),
      ALLOW(SYS_exit_group),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  struct sock_fprog filter = {sizeof code / sizeof code[0], code};
  int ends[2];
  CHECK(before_it(ends) == 0);
  for (int i = 0; i < 2; ++i) CHECK(close(after_it(0)) == 0);
  CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  if (install(&filter) != 0) skip("no seccomp here");
  CHECK(install(NULL) == -1 && errno == EFAULT);
  CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) == -1 && errno == EFAULT);
  for (int i = 0; i < 200; ++i) {
    int fd = after_it(i % 10);
    if (i % 2) close(fd);
  }
  _exit(5);
}
