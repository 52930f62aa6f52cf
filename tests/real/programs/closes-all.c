// Closes every descriptor above 2, fills the numbers with pipes and files of its own, then opens from a thousand places
// that were never seen before. What it wrote into its descriptors must be all there is in them, and no number be
// missing.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OWN 24

#define PLACE(n)                                                      \
  static __attribute__((noinline)) int place_##n(volatile int* sum) { \
    volatile char room[16 + 16 * (0x##n % 64)];                       \
    room[0] = 1;                                                      \
    int fd = open("/etc/passwd", O_RDONLY);                           \
    *sum += room[0] + 0x##n;                                          \
    return fd < 0 ? -1 : close(fd);                                   \
  }
// clang-format off
#define ROW(n)                                                                                                \
  PLACE(n##0)                                                                                                 \
  PLACE(n##1) PLACE(n##2) PLACE(n##3) PLACE(n##4) PLACE(n##5) PLACE(n##6) PLACE(n##7) PLACE(n##8) PLACE(n##9) \
      PLACE(n##a) PLACE(n##b) PLACE(n##c) PLACE(n##d) PLACE(n##e) PLACE(n##f)
#define BLOCK(n)                                                                                                \
  ROW(n##0)                                                                                                     \
  ROW(n##1) ROW(n##2) ROW(n##3) ROW(n##4) ROW(n##5) ROW(n##6) ROW(n##7) ROW(n##8) ROW(n##9) ROW(n##a) ROW(n##b) \
      ROW(n##c) ROW(n##d) ROW(n##e) ROW(n##f)
BLOCK(0)
BLOCK(1) BLOCK(2) BLOCK(3)
#define NAME(n) place_##n,
#define NAMES(n)                                                                                                \
  NAME(n##0)                                                                                                    \
  NAME(n##1) NAME(n##2) NAME(n##3) NAME(n##4) NAME(n##5) NAME(n##6) NAME(n##7) NAME(n##8) NAME(n##9) NAME(n##a) \
      NAME(n##b) NAME(n##c) NAME(n##d) NAME(n##e) NAME(n##f)
#define ALL(n)                                                                                                \
  NAMES(n##0)                                                                                                 \
  NAMES(n##1) NAMES(n##2) NAMES(n##3) NAMES(n##4) NAMES(n##5) NAMES(n##6) NAMES(n##7) NAMES(n##8) NAMES(n##9) \
      NAMES(n##a) NAMES(n##b) NAMES(n##c) NAMES(n##d) NAMES(n##e) NAMES(n##f)
    // clang-format on
    static int (*const places[])(volatile int*) = {ALL(0) ALL(1) ALL(2) ALL(3)};

static int failed(const char* what, int number) {
  printf("%s: %d\n", what, number);
  return 1;
}

int main(void) {
  volatile int sum = 0;
  int ends[OWN][2], files[OWN];
  char name[20], bytes[100];
  for (int fd = 3; fd < 1024; ++fd) close(fd);
  for (int i = 0; i < OWN; ++i) {
    snprintf(name, sizeof name, "own-%d", i);
    if (pipe2(ends[i], O_NONBLOCK) != 0 || (files[i] = open(name, O_RDWR | O_CREAT, 0600)) < 0)
      return failed("open", i);
    if (ends[i][0] != 3 + 3 * i || ends[i][1] != 4 + 3 * i || files[i] != 5 + 3 * i) return failed("number taken", i);
    if (write(ends[i][1], "own bytes", 9) != 9 || pwrite(files[i], "own bytes", 9, 0) != 9) return failed("write", i);
  }
  int count = sizeof places / sizeof places[0];
  for (int i = 0; i < count; ++i) {
    if (places[i](&sum) != 0) return failed("place", i);
    if (i % 10 == 0) close(3 + i % 900 + 3 * OWN);  // and numbers nobody has
  }
  for (int i = 0; i < OWN; ++i) {
    if (read(ends[i][0], bytes, sizeof bytes) != 9 || memcmp(bytes, "own bytes", 9)) return failed("bytes in pipe", i);
    if (lseek(files[i], 0, SEEK_CUR) != 0 || pread(files[i], bytes, sizeof bytes, 0) != 9) return failed("file", i);
    if (memcmp(bytes, "own bytes", 9)) return failed("bytes in file", i);
  }
  for (int fd = 3 * OWN + 3; fd < 1024; ++fd)
    if (fcntl(fd, F_GETFD) >= 0) return failed("a descriptor nobody opened", fd);
  printf("%d places, sum %d\n", count, sum);
  return 0;
}
