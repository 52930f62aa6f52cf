// A vfork child that gives up its system calls gives up no other's: the library makes none in it, and goes on in the
// parent, whose memory the child lives in.
// hooks: prctl vfork execve open
// variant seccomp: -DBY_SYSCALL
// expect: open-at-end file 1 in leak_after
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>

#include "children.h"

extern char** environ;

#define ALLOW(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

SITE static int leak_after(void) { return open(PLAIN_FILE, O_RDONLY); }

void victim(void) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      ALLOW(SYS_execve),
      ALLOW(SYS_exit_group),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  struct sock_fprog filter = {sizeof code / sizeof code[0], code};
  CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  pid_t child = vfork();
  if (child == 0) {
#ifdef BY_SYSCALL
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0) _exit(77);
#else
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) _exit(77);
#endif
    char* none[] = {NULL};
    execve("/nowhere/at/all", none, environ);
    _exit(7);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child);
  if (status == 77 << 8) skip("no seccomp here");
  CHECK(status == 7 << 8);
  CHECK(leak_after() > 2);
}
