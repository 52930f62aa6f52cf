// Every way to wait for a child: each reaps the first child of its site, and the second one is left.
// hooks: wait waitpid waitid wait3 wait4
// processes: 1
// expect: zombie process 1 in by_wait
// expect: zombie process 1 in by_wait_without_status
// expect: zombie process 1 in by_waitpid
// expect: zombie process 1 in by_waitpid_any
// expect: zombie process 1 in by_waitid
// expect: zombie process 1 in by_waitid_without_info
// expect: zombie process 1 in by_wait3
// expect: zombie process 1 in by_wait4
// expect: zombie process 1 in by_polling
#include <sys/resource.h>

#include "children.h"

#define CHILD(name)              \
  SITE static pid_t name(void) { \
    pid_t pid = fork();          \
    if (pid == 0) raw_exit(3);   \
    CHECK(pid > 0);              \
    return pid;                  \
  }
CHILD(by_wait)
CHILD(by_wait_without_status)
CHILD(by_waitpid)
CHILD(by_waitpid_any)
CHILD(by_waitid)
CHILD(by_waitid_without_info)
CHILD(by_wait3)
CHILD(by_wait4)
CHILD(by_polling)

void victim(void) {
  int status = 0;
  struct rusage usage;
  siginfo_t info;
  pid_t pid = by_wait();
  CHECK(wait(&status) == pid && WEXITSTATUS(status) == 3);
  pid = by_wait_without_status();
  CHECK(wait(NULL) == pid);
  pid = by_waitpid();
  CHECK(waitpid(pid, NULL, 0) == pid);
  pid = by_waitpid_any();
  CHECK(waitpid(-1, &status, 0) == pid && WEXITSTATUS(status) == 3);
  pid = by_waitid();
  CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED) == 0 && info.si_pid == pid && info.si_status == 3);
  pid = by_waitid_without_info();
  CHECK(waitid(P_ALL, 0, NULL, WEXITED) == 0 && raw_wait(pid) == -ECHILD);
  pid = by_wait3();
  CHECK(wait3(&status, 0, &usage) == pid && WEXITSTATUS(status) == 3);
  pid = by_wait4();
  CHECK(wait4(pid, NULL, 0, NULL) == pid);
  pid = by_polling();
  UNTIL((errno = 0, waitpid(pid, &status, WNOHANG)) == pid);
  CHECK(WEXITSTATUS(status) == 3 && waitpid(-1, &status, 0) == -1 && errno == ECHILD);

  pid_t left[] = {by_wait(),   by_wait_without_status(),     by_waitpid(), by_waitpid_any(),
                  by_waitid(), by_waitid_without_info(), by_wait3(),   by_wait4(), by_polling()};
  for (unsigned i = 0; i < sizeof left / sizeof *left; ++i) UNTIL(has_ended(left[i]));
  until_old();
}
