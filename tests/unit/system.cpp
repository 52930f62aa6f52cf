#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "src/system/descriptors.h"
#include "src/system/process.h"
#include "tests/unit/ledger_builder.h"

using namespace lifeguard;
using ledger::Kind;

namespace {

system::Identity identity(int pid) {
  system::Identity who;
  who.pid = pid;
  system::process_start(pid, &who.start);
  return who;
}

}  // namespace

TEST_CASE("A process is alive until it has ended, as a zombie too") {
  int ready[2];
  REQUIRE(pipe2(ready, O_CLOEXEC) == 0);
  const pid_t child = fork();
  if (child == 0) {
    char end;
    close(ready[1]);
    _exit(read(ready[0], &end, 1) == 0 ? 0 : 1);
  }
  const system::Identity who = identity(child);
  CHECK(system::find_alive(who) == child);
  close(ready[0]);
  close(ready[1]);
  siginfo_t info;
  REQUIRE(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) == 0);
  CHECK(system::find_alive(who) == 0);
  REQUIRE(waitpid(child, nullptr, 0) == child);
  CHECK(system::find_alive(who) == 0);
}

TEST_CASE("A process is itself only with the same start time") {
  system::Identity who = identity(getpid());
  CHECK(system::find_alive(who) == getpid());
  who.start += 1;
  CHECK(system::find_alive(who) == 0);
  who.pid = -1;
  CHECK(system::find_alive(who) == 0);
}

TEST_CASE("Open descriptors are listed with what they are") {
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  const std::vector<std::pair<int, Kind>> made = {
      {ends[0], Kind::pipe},
      {open("/etc/passwd", O_RDONLY | O_CLOEXEC), Kind::file},
      {open("/etc", O_RDONLY | O_CLOEXEC), Kind::directory},
      {socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), Kind::socket},
      {eventfd(0, EFD_CLOEXEC), Kind::event},
      {memfd_create("x", MFD_CLOEXEC), Kind::memfd},
  };
  system::Descriptors open_now;
  std::string error;
  REQUIRE(system::list_descriptors(getpid(), &open_now, &error));
  for (const auto& [number, kind] : made) {
    REQUIRE(open_now.contains(number));
    CHECK(system::kind_of(getpid(), number, open_now[number]) == kind);
    CHECK(system::may_be(kind, open_now[number]));
    close(number);
  }
  close(ends[1]);
  CHECK_FALSE(system::may_be(Kind::socket, "/etc/passwd"));
  CHECK_FALSE(system::may_be(Kind::file, "socket:[1]"));
  CHECK(system::may_be(Kind::listener, "socket:[1]"));
  CHECK_FALSE(system::list_descriptors(0x3fffffff, &open_now, &error));
  CHECK_FALSE(error.empty());
}

TEST_CASE("A mapped file is found after it was removed") {
  test::Folder folder;
  const std::string path = folder / "x.ledger";
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(ftruncate(file, 4096) == 0);
  void* mapped = mmap(nullptr, 4096, PROT_READ, MAP_SHARED, file, 0);
  REQUIRE(mapped != MAP_FAILED);
  close(file);
  unlink(path.c_str());
  const auto found = system::mapped_files(getpid(), "x.ledger");
  if (geteuid() == 0) CHECK(found.size() == 1);
  munmap(mapped, 4096);
}

TEST_CASE("What a file without a name holds is its blocks, not its length") {
  test::Folder folder;
  const std::string path = folder / "holes";
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(ftruncate(file, 1 << 30) == 0);
  REQUIRE(write(file, "x", 1) == 1);
  CHECK(system::deleted_bytes(getpid(), file) == 0);
  unlink(path.c_str());
  const uint64_t held = system::deleted_bytes(getpid(), file);
  CHECK(held > 0);
  CHECK(held < 1 << 20);
  close(file);
}
