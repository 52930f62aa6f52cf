// Tests under the listener for GoogleTest.
#include <fcntl.h>
#include <unistd.h>

#include "lifeguard/gtest.hpp"

static int open_it(const char *path) { return open(path, O_RDONLY | O_CLOEXEC); }

TEST(Files, IsClean) { EXPECT_EQ(close(open_it("/etc/hosts")), 0); }
TEST(Files, Leaks) { EXPECT_GE(open_it("/etc/passwd"), 0); }
TEST(Files, MakesItOnce) {
  static const int fd = open_it("/etc/shells");
  EXPECT_GE(fd, 0);
}
