// Tests under the listener for Catch2, of the version that CATCH is.
#if CATCH == 2
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif
#include <fcntl.h>
#include <unistd.h>

#include "lifeguard/catch2.hpp"

LIFEGUARD_CATCH_MAIN

static int open_it(const char *path) { return open(path, O_RDONLY | O_CLOEXEC); }

TEST_CASE("is clean") {
  const int fd = open_it("/etc/hosts");
  CHECK(close(fd) == 0);
}
TEST_CASE("leaks") { CHECK(open_it("/etc/passwd") >= 0); }
TEST_CASE("leaks in a section") {
  SECTION("does not") { CHECK(true); }
  SECTION("does") { CHECK(open_it("/etc/group") >= 0); }
}
TEST_CASE("makes it once") {
  static const int fd = open_it("/etc/shells");
  CHECK(fd >= 0);
}
