#include "src/report/load.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "src/system/process.h"
#include "tests/unit/ledger_builder.h"

using namespace lifeguard;
using ledger::Kind;
using ledger::Reader;
using ledger::State;
using report::End;
using test::Folder;
using test::LedgerBuilder;

namespace {

report::Run loaded(LedgerBuilder& builder) {
  Folder folder;
  report::Run run;
  std::string error;
  INFO(error);
  REQUIRE(report::add_ledger(builder.write(folder / "4242.1.1.ledger"), Reader::Links::refuse, &run, &error));
  report::finish_run(&run);
  return run;
}

// A ledger of this very process, so that it counts as running.
LedgerBuilder of_this_process() {
  LedgerBuilder builder;
  builder.header.pid = getpid();
  REQUIRE(system::process_start(getpid(), &builder.header.start));
  return builder;
}

const report::Resource* numbered(const report::Process& process, int number) {
  for (const report::Resource& resource : process.resources)
    if (resource.number == number) return &resource;
  return nullptr;
}

}  // namespace

TEST_CASE("A process that ended by exit keeps what was live, and says when and how") {
  LedgerBuilder builder;
  builder.ended_by_exit(3);
  builder.header.lost.sites = 12;
  builder.slot(3, State::live, Kind::file, 0, LedgerBuilder::path("/a"));
  builder.slot(4, State::closed, Kind::file, 0);
  builder.slot(5, State::closing, Kind::file, 0);
  const report::Run run = loaded(builder);
  const report::Process& process = run.processes.at(0);
  CHECK(process.id() == "4242.1");
  CHECK(process.end.how == End::How::exit);
  CHECK(process.end.status == 3);
  CHECK(process.end.when == 1'700'000'005'000'000'000);
  CHECK(process.lost == std::map<std::string, uint64_t>{{"sites", 12}});
  CHECK(process.command == std::vector<std::string>{"./server", "--port", "8080"});
  REQUIRE(process.resources.size() == 1);
  CHECK(process.resources[0].detail == "/a");
  CHECK(process.resources[0].born == 1'700'000'001'000'000'000);
  CHECK(run.ended == process.end.when);
}

TEST_CASE("A process without a last word that is no more has vanished, and a close under way is told") {
  LedgerBuilder builder;
  builder.slot(3, State::live, Kind::file, 0);
  builder.slot(5, State::closing, Kind::file, 0);
  const report::Run run = loaded(builder);
  CHECK(run.processes.at(0).end.how == End::How::vanished);
  REQUIRE(run.processes[0].resources.size() == 2);
  CHECK(run.processes[0].resources[1].state == State::closing);
}

TEST_CASE("A descriptor whose record was cut off by a kill is live with an unknown stack") {
  LedgerBuilder builder;
  const uint32_t module = builder.module("/m");
  builder.slot(3, State::opening, Kind::file, builder.site({ledger::make_frame(module, 1, false)}),
               LedgerBuilder::path("/old"));
  const report::Run run = loaded(builder);
  REQUIRE(run.processes.at(0).resources.size() == 1);
  CHECK(run.processes[0].resources[0].site == 0);
  CHECK(run.processes[0].resources[0].detail.empty());
}

TEST_CASE("A running process is compared with what it has open") {
  LedgerBuilder builder = of_this_process();
  const int file = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
  const int unseen = open("/etc", O_RDONLY | O_CLOEXEC);
  const int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  builder.slot(static_cast<uint32_t>(file), State::live, Kind::file, 0, LedgerBuilder::path("/etc/passwd"));
  builder.slot(static_cast<uint32_t>(sock), State::live, Kind::file, 0, LedgerBuilder::path("/of/an/earlier/life"));
  builder.slot(1000, State::live, Kind::file, 0);
  const report::Run run = loaded(builder);
  const report::Process& process = run.processes.at(0);
  CHECK(process.end.how == End::How::running);
  CHECK(process.compared);
  CHECK(run.ended == 0);
  REQUIRE(numbered(process, file));
  CHECK(numbered(process, file)->state == State::live);
  CHECK_FALSE(numbered(process, 1000));  // gone
  REQUIRE(numbered(process, unseen));
  CHECK(numbered(process, unseen)->state == State::unseen);
  CHECK(numbered(process, unseen)->kind == Kind::directory);
  CHECK(numbered(process, unseen)->detail == "/etc");
  REQUIRE(numbered(process, sock));  // the number has been used again for something else
  CHECK(numbered(process, sock)->state == State::unseen);
  CHECK(numbered(process, sock)->kind == Kind::socket);
  close(file);
  close(unseen);
  close(sock);
}

TEST_CASE("The space that a removed file still takes is told of a running process") {
  Folder folder;
  LedgerBuilder builder = of_this_process();
  const int file = open((folder / "gone").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(write(file, "12345", 5) == 5);
  struct stat status;
  REQUIRE(fstat(file, &status) == 0);
  REQUIRE(unlink((folder / "gone").c_str()) == 0);
  builder.slot(static_cast<uint32_t>(file), State::live, Kind::file, 0);
  const report::Run run = loaded(builder);
  REQUIRE(numbered(run.processes.at(0), file));
  CHECK(numbered(run.processes[0], file)->bytes == static_cast<uint64_t>(status.st_blocks) * 512);
  close(file);
}

TEST_CASE("A pid that has been given to another process does not make a dead one run") {
  LedgerBuilder builder = of_this_process();
  builder.header.start += 1;
  CHECK(loaded(builder).processes.at(0).end.how == End::How::vanished);
  builder.header.start -= 1;
  builder.header.boot[3] = 0xff;
  CHECK(loaded(builder).processes.at(0).end.how == End::How::vanished);
}

TEST_CASE("An image that a later one of the same process followed ended by exec") {
  Folder folder;
  report::Run run;
  std::string error;
  LedgerBuilder first, second;
  second.header.image = 2;
  second.header.began_realtime += 1000;
  REQUIRE(report::add_ledger(second.write(folder / "b"), Reader::Links::refuse, &run, &error));
  REQUIRE(report::add_ledger(first.write(folder / "a"), Reader::Links::refuse, &run, &error));
  report::finish_run(&run);
  CHECK(run.processes.at(0).image == 1);
  CHECK(run.processes.at(0).end.how == End::How::exec);
  CHECK(run.processes.at(1).end.how == End::How::vanished);
}

TEST_CASE("Times that do not fit together are not known, instead of nonsense") {
  LedgerBuilder builder;
  builder.ended_by_exit(0);
  builder.slot(3, State::live, Kind::file, 0).born = UINT64_MAX;
  builder.header.end.time = 0x8000000000000000;
  builder.header.began_realtime = 0x7fffffffffffffff;
  const report::Run run = loaded(builder);
  CHECK(run.processes.at(0).end.when == 0);
  CHECK(run.processes.at(0).resources.at(0).born <= 0x7fffffffffffffff);
}

TEST_CASE("Double closes come with their three sites, those of a sweep do not come") {
  LedgerBuilder builder;
  builder.ended_by_exit(0);
  const uint32_t module = builder.module("/m");
  auto site = [&](uint64_t offset) { return builder.site({ledger::make_frame(module, offset, false)}); };
  const uint32_t a = site(1), b = site(2), c = site(3);
  builder.double_close(9, a, b, c);
  builder.double_close(10, a, b, c).flags = ledger::event_sweep;
  const report::Run run = loaded(builder);
  REQUIRE(run.processes.at(0).double_closes.size() == 1);
  const report::DoubleClose& twice = run.processes[0].double_closes[0];
  CHECK(twice.what.number == 9);
  CHECK(twice.what.site == a);
  CHECK(twice.closed_first == b);
  CHECK(twice.closed_again == c);
  CHECK(run.processes[0].sites.size() == 3);
}
