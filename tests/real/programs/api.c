// Tells lifeguard of itself: two phases, a mark, resources of its own, and a child that goes on in a phase of its own.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lifeguard.h"

__attribute__((noinline)) static void take_lease(void) {
  lifeguard_acquired("lease", 42, "a lease");
  lifeguard_acquired("lease", 43, NULL);
  lifeguard_released("lease", 43);
  lifeguard_released("lease", 99);
}

int main(void) {
  lifeguard_phase("first test");
  int early = open("/etc/hosts", O_RDONLY | O_CLOEXEC);
  uint64_t mark = lifeguard_mark();
  printf("mark %s\n", mark ? "yes" : "no");
  lifeguard_phase("second test");
  int left = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
  int meant = open("/etc/services", O_RDONLY | O_CLOEXEC);
  lifeguard_ignore(meant);
  lifeguard_ignore(-1);
  lifeguard_ignore(1 << 20);
  take_lease();
  lifeguard_acquired("watch er", 1, "odd names are made fit");
  close(early);
  printf("snapshot %d\n", lifeguard_snapshot());
  int later = open("/etc/shells", O_RDONLY | O_CLOEXEC);
  printf("snapshot %d\n", lifeguard_snapshot());
  close(later);
  char text[256] = "";
  printf("leaks %d\n", lifeguard_leaks_since(mark));
  size_t size = lifeguard_describe_since(mark, text, sizeof text);
  printf("%s", text);
  char few[8];
  if (lifeguard_describe_since(mark, few, sizeof few) != size || (size && strlen(few) != 7)) return 1;
  if (lifeguard_leaks_since(lifeguard_mark()) != 0) return 2;
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    lifeguard_phase("in the child");
    open("/etc/group", O_RDONLY | O_CLOEXEC);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  lifeguard_phase(NULL);
  return left < 0 || status != 0;
}
