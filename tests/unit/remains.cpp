#include "src/report/remains.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <ctime>
#include <fstream>
#include <utility>

#include "src/report/load.h"
#include "src/report/store.h"
#include "src/system/process.h"
#include "tests/unit/ledger_builder.h"

using namespace lifeguard;
using ledger::Kind;
using report::End;
using test::Folder;
using test::LedgerBuilder;

namespace {

uint64_t monotonic() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

// A ledger that began just now, of a process that is gone unless told otherwise.
LedgerBuilder begun() {
  LedgerBuilder builder;
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  builder.header.began_realtime = static_cast<uint64_t>(now.tv_sec) * 1'000'000'000;
  builder.header.began_monotonic = monotonic();
  char host[256] = {};
  gethostname(host, sizeof host - 1);
  builder.header.host = builder.text(host);
  return builder;
}

report::Run loaded(std::vector<LedgerBuilder*> builders) {
  Folder folder;
  report::Run run;
  std::string error;
  for (LedgerBuilder* builder : builders)
    REQUIRE(report::add_ledger(builder->write(folder / (std::to_string(builder->header.image) + ".ledger")),
                               ledger::Reader::Links::refuse, &run, &error));
  report::finish_run(&run);
  return run;
}

size_t left(LedgerBuilder& builder) { return loaded({&builder}).processes.at(0).things.size(); }

struct Child {
  Child() : pid(fork()) {
    if (pid == 0)
      for (;;) pause();
  }
  void end() const { kill(pid, SIGKILL); }
  void reap() { waitpid(std::exchange(pid, -1), nullptr, 0); }
  ~Child() {
    if (pid > 0) end(), reap();
  }
  pid_t pid;
};

void at_end(ledger::Thing& thing, uint16_t flags) {
  thing.word |= static_cast<uint64_t>(flags | ledger::thing_checked) << 16;
}

}  // namespace

TEST_CASE("Things come back from a ledger with the names and numbers people know them by") {
  LedgerBuilder builder = begun();
  builder.ended_by_exit(0);
  at_end(builder.thing(Kind::process, 77, 0, 0, LedgerBuilder::piece(ledger::DetailTag::text, "sleep 5")),
         ledger::thing_ended);
  builder.thing(Kind::thread, 0x7f00, 0);
  builder.thing(Kind::thread, 0x7f01, 0).status = 99;
  const report::Run run = loaded({&builder});
  const auto& things = run.processes.at(0).things;
  REQUIRE(things.size() == 3);
  CHECK(things[0].number == 77);
  CHECK(things[0].detail == "sleep 5");
  CHECK(things[0].flags & ledger::thing_ended);
  CHECK(things[1].name == "0x7f00");
  CHECK(things[2].number == 99);
}

TEST_CASE("Things that were given back or make no sense are left out") {
  LedgerBuilder builder = begun();
  builder.ended_by_exit(0);
  builder.thing(Kind::timer, 1, 0).word = ledger::make_word(ledger::State::closed, Kind::timer, 0, 1);
  builder.thing(Kind::timer, 2, 0).word = ledger::make_word(ledger::State::live, Kind::file, 0, 1);
  builder.thing(Kind::timer, 3, 0).word = ~0ull;
  builder.thing(Kind::timer, 4, 0);
  const report::Run run = loaded({&builder});
  CHECK(run.processes.at(0).things.size() == 1);
  CHECK(run.troubles.size() == 1);
}

TEST_CASE("Of a process that vanished, children that still run are left, and others with the same pid are not") {
  Child child;
  LedgerBuilder builder = begun();
  ledger::Thing& thing = builder.thing(Kind::process, static_cast<uint64_t>(child.pid), 0);
  thing.born = monotonic();
  CHECK(left(builder) == 1);
  thing.born += 3600'000'000'000;  // a pid of long ago
  CHECK(left(builder) == 0);
  thing.born -= 7200'000'000'000;
  CHECK(left(builder) == 0);
  thing.born = monotonic();
  REQUIRE(system::process_start(child.pid, &thing.start));
  CHECK(left(builder) == 1);
  thing.start += 1;
  CHECK(left(builder) == 0);
  thing.start = 0;
  child.end();
  child.reap();
  CHECK(left(builder) == 0);
}

TEST_CASE("What a child was as its parent ended holds, whatever it is now") {
  LedgerBuilder builder = begun();
  builder.ended_by_exit(0);
  at_end(builder.thing(Kind::process, 0x7ffffff0, 0), 0);
  const report::Run run = loaded({&builder});
  REQUIRE(run.processes.at(0).things.size() == 1);
  CHECK_FALSE(run.processes[0].things[0].there);
}

TEST_CASE("A running process's children are looked at now: running, ended, or gone") {
  Child child;
  LedgerBuilder builder = begun();
  builder.header.pid = getpid();
  REQUIRE(system::process_start(getpid(), &builder.header.start));
  builder.thing(Kind::process, static_cast<uint64_t>(child.pid), 0).born = monotonic();
  CHECK(loaded({&builder}).processes.at(0).things.at(0).there);
  child.end();
  siginfo_t info;
  waitid(P_PID, static_cast<id_t>(child.pid), &info, WEXITED | WNOWAIT);
  CHECK(loaded({&builder}).processes.at(0).things.at(0).flags & ledger::thing_ended);
  child.reap();
  CHECK(left(builder) == 0);
}

TEST_CASE("A later image accounts for the children it knows of") {
  Child child;
  LedgerBuilder first = begun(), second = begun();
  second.header.image = 2;
  first.header.end.how = ledger::EndHow::exec;
  for (LedgerBuilder* builder : {&first, &second})
    builder->thing(Kind::process, static_cast<uint64_t>(child.pid), 0).born = monotonic();
  const report::Run run = loaded({&first, &second});
  CHECK(run.processes.at(0).things.empty());
  CHECK(run.processes.at(1).things.size() == 1);
}

TEST_CASE("Paths are left behind while they are there, are of their kind, and are no newer ones") {
  Folder folder;
  const std::string path = folder / "file";
  std::ofstream(path) << "x";
  LedgerBuilder builder = begun();
  builder.ended_by_exit(0);
  ledger::Thing& thing = builder.thing(Kind::path, 1, 0, 0, LedgerBuilder::path(path));
  CHECK(loaded({&builder}).processes.at(0).things.at(0).name == path);
  thing.word |= static_cast<uint64_t>(ledger::thing_socket) << 16;
  CHECK(left(builder) == 0);
  thing.word = ledger::make_word(ledger::State::live, Kind::path, 0, 1);
  thing.start = 1;  // another inode
  CHECK(left(builder) == 0);
  thing.start = 0;
  unlink(path.c_str());
  CHECK(left(builder) == 0);
}

TEST_CASE("A name that several processes of a run made is left behind once") {
  Folder folder;
  std::ofstream(folder / "file") << "x";
  LedgerBuilder one = begun(), other = begun();
  other.header.image = 2;
  other.header.pid = 4343;
  for (LedgerBuilder* builder : {&one, &other}) {
    builder->ended_by_exit(0);
    builder->thing(Kind::path, 1, 0, 0, LedgerBuilder::path(folder / "file"));
  }
  const report::Run run = loaded({&one, &other});
  CHECK(run.processes.at(0).things.size() + run.processes.at(1).things.size() == 1);
}

TEST_CASE("Shared memory is left behind until it is removed, by name and by id") {
  const std::string name = "/lifeguard-unit-" + std::to_string(getpid());
  const int file = shm_open(name.c_str(), O_CREAT | O_RDWR | O_EXCL, 0600);
  const int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
  if (file < 0 || id < 0) return;  // not here
  LedgerBuilder builder = begun();
  builder.ended_by_exit(0);
  builder.thing(Kind::segment, 1, 0, 0, LedgerBuilder::path(name));
  builder.thing(Kind::segment, static_cast<uint64_t>(id) | 1ull << 62, 0, ledger::thing_system_v);
  CHECK(left(builder) == 2);
  shm_unlink(name.c_str());
  shmctl(id, IPC_RMID, nullptr);
  close(file);
  CHECK(left(builder) == 0);
}

TEST_CASE("Programs that could not be watched are read from the run's folder, as far as they were written") {
  Folder folder;
  LedgerBuilder builder = begun();
  builder.write(folder / "1.1.ledger");
  std::ofstream(folder / "unwatched", std::ios::binary)
      << std::string("12\0statically linked\0/sbin/x\0\n12\0statically linked\0/sbin/x\0\n13\0setuid", 69);
  report::Report report;
  bool saved;
  std::string error;
  REQUIRE(report::open_run(folder.path(), {}, &report, &saved, &error));
  REQUIRE(report.run.unwatched.size() == 1);
  CHECK(report.run.unwatched[0].pid == 12);
  CHECK(report.run.unwatched[0].why == "statically linked");
  CHECK(report.run.unwatched[0].exe == "/sbin/x");
  // A full list says that there was more.
  std::ofstream(folder / "unwatched", std::ios::binary | std::ios::app) << std::string(ledger::largest_unwatched, 0);
  report = {};
  REQUIRE(report::open_run(folder.path(), {}, &report, &saved, &error));
  REQUIRE(report.run.unwatched.size() >= 2);
  CHECK(report.run.unwatched.back().why == "their list is full");
}
