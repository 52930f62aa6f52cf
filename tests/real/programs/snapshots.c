// Takes snapshots of itself: `threads`: from eight threads at once, which open and close files and fork meanwhile;
// `sealed`: after a filter that kills at any call but two; `sealing`: while another thread installs such a filter for
// all of them; `crowded`: with no descriptor and no process left to be had.
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lifeguard.h"

#define ALLOW(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

enum { threads = 8, rounds = 3 };
static int numbers[threads * rounds + 1], ended, begun;

static int fail(const char* what) {
  dprintf(2, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static void* snaps(void* number) {
  int mine = open("/etc/hosts", O_RDONLY | O_CLOEXEC);
  for (int i = 0; i < rounds; ++i) {
    errno = 77;
    int snapshot = lifeguard_snapshot();
    if (errno != 77) fail("errno was changed");
    if (snapshot < 0 || snapshot > threads * rounds) fail("no such number");
    __atomic_add_fetch(&numbers[snapshot], 1, __ATOMIC_SEQ_CST);
    for (int j = 0; j < 50; ++j) close(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
    if ((size_t)number % 4 == 0) {
      pid_t child = fork();
      if (child == 0) _exit(0);
      if (waitpid(child, NULL, 0) != child) fail("a child was waited for by somebody else");
    }
  }
  close(mine);
  __atomic_add_fetch(&ended, 1, __ATOMIC_SEQ_CST);
  return NULL;
}

static int by_threads(void) {
  pthread_t them[threads];
  int before = open("/etc/group", O_RDONLY | O_CLOEXEC);
  for (size_t i = 0; i < threads; ++i) pthread_create(&them[i], NULL, snaps, (void*)i);
  for (int i = 0; i < threads; ++i) pthread_join(them[i], NULL);
  if (wait(NULL) != -1 || errno != ECHILD) fail("a child was left");
  int next = open("/etc/group", O_RDONLY | O_CLOEXEC);
  if (next != before + 1) fail("a descriptor was left");
  for (int i = 1; i <= threads * rounds; ++i) printf("%d ", numbers[i]);
  printf("\n");
  return 0;
}

static int filtered(unsigned flags) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      ALLOW(SYS_write),
      ALLOW(SYS_exit_group),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  struct sock_fprog filter = {sizeof code / sizeof code[0], code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail("no_new_privs");
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter) == 0;
}

static int sealed(void) {
  open("/etc/group", O_RDONLY | O_CLOEXEC);
  printf("%d\n", lifeguard_snapshot() > 0);
  fflush(stdout);
  lifeguard_phase("before");
  if (!filtered(0)) return 77;
  uint64_t mark = lifeguard_mark();
  lifeguard_phase("after");
  lifeguard_acquired("lease", 1, "taken in the dark");
  lifeguard_acquired("lease", 2, "given back");
  lifeguard_released("lease", 2);
  char text[256] = "";
  int leaks = lifeguard_leaks_since(mark);
  lifeguard_describe_since(mark, text, sizeof text);
  if (write(1, text, strlen(text)) < 0) _exit(1);
  for (int i = 0; i < 3; ++i)
    if (lifeguard_snapshot() != 0) _exit(2);
  _exit(leaks == 1 ? 0 : 3);
}

static void* until_it_cannot(void* unused) {
  __atomic_add_fetch(&begun, 1, __ATOMIC_SEQ_CST);
  while (lifeguard_snapshot() > 0) {
  }
  __atomic_add_fetch(&ended, 1, __ATOMIC_SEQ_CST);
  for (;;) __builtin_ia32_pause();  // whatever a thread does to end is forbidden
  return unused;
}

static int sealing(void) {
  pthread_t one;
  enum { some = 2 };
  for (int i = 0; i < some; ++i) pthread_create(&one, NULL, until_it_cannot, NULL);
  while (__atomic_load_n(&begun, __ATOMIC_SEQ_CST) < some) usleep(1000);
  usleep(1000 * (getpid() % 40));
  if (!filtered(SECCOMP_FILTER_FLAG_TSYNC)) return 77;
  while (__atomic_load_n(&ended, __ATOMIC_SEQ_CST) < some) __builtin_ia32_pause();
  if (write(1, "sealed\n", 7) != 7) _exit(1);
  _exit(0);
}

static int crowded(void) {
  struct rlimit few = {24, 24};
  setrlimit(RLIMIT_NOFILE, &few);
  while (open("/etc/hosts", O_RDONLY | O_CLOEXEC) >= 0) {
  }
  printf("%d", lifeguard_snapshot());
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_NPROC, &none);
  if (getuid() == 0 && syscall(SYS_setuid, 65534) != 0) fail("setuid");  // root has processes without a limit
  printf(" %d\n", lifeguard_snapshot());
  fflush(stdout);
  _exit(0);
}

int main(int count, char** words) {
  alarm(60);
  if (count < 2) return 2;
  if (!strcmp(words[1], "threads")) return by_threads();
  if (!strcmp(words[1], "sealed")) return sealed();
  if (!strcmp(words[1], "sealing")) return sealing();
  return crowded();
}
