// The scope guards of lifeguard.h.
#include <cstdio>

#include "lifeguard.h"

int main() {
  lifeguard::Phase outer("outer");
  const uint64_t mark = lifeguard_mark();
  std::printf("mark %s\n", mark ? "yes" : "no");
  {
    lifeguard::Phase inner("inner");
    lifeguard::Held held("lease", 7, "given back at the end of its scope");
  }
  lifeguard_acquired("session", 8, "left");
  std::printf("leaks %d\n", lifeguard_leaks_since(mark));
}
