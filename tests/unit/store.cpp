#include "src/report/store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/unit/ledger_builder.h"

using namespace lifeguard;
using test::Folder;
using test::LedgerBuilder;

namespace {

void run(const Folder& store, const std::string& name, int pid = 4242, const std::string& file = "") {
  std::filesystem::create_directory(store / name);
  LedgerBuilder builder;
  builder.header.pid = pid;
  builder.write((store / name) + '/' + (file.empty() ? std::to_string(pid) + ".1.1.ledger" : file));
}

struct Opened {
  bool well;
  bool saved = false;
  report::Report report;
  std::string error;
};

Opened opened(const std::string& name, const std::vector<std::string>& stores) {
  Opened result;
  result.well = report::open_run(name, stores, &result.report, &result.saved, &result.error);
  CHECK(result.error.find('\n') == std::string::npos);
  return result;
}

}  // namespace

TEST_CASE("Nothing is the latest run, whichever store it lies in") {
  Folder one, two;
  run(one, "20261121T024501-10-old");
  run(two, "20261121T024502-9-new");
  run(one, "20251121T024503-11-older");
  std::filesystem::create_directory(one / "20271121T024501-12-empty");
  std::filesystem::create_directory(one / "notarun");
  const Opened latest = opened("", {one.path(), two.path()});
  REQUIRE(latest.well);
  CHECK(latest.report.run.id == "20261121T024502-9-new");
  CHECK(report::list_runs({one.path(), two.path()}).size() == 3);
}

TEST_CASE("A run is found by folder, by name, by ledger and by pid") {
  Folder store;
  run(store, "20261121T024501-10-a", 10);
  run(store, "20261121T024502-20-b", 20);
  const std::vector<std::string> stores{store.path()};
  const std::string name = "20261121T024501-10-a";
  CHECK(opened(store / name, {}).report.run.id == name);
  CHECK(opened((store / name) + "//", {}).report.run.id == name);
  CHECK(opened(name, stores).report.run.id == name);
  CHECK(opened((store / name) + "/10.1.1.ledger", {}).report.run.processes.size() == 1);
  CHECK(opened("10", stores).report.run.id == name);
}

TEST_CASE("What is not there is said in one line that begins with what was asked for") {
  Folder store;
  CHECK(opened("", {store.path()}).error.find("no run is kept") == 0);
  CHECK(opened("nix", {store.path()}).error.find("nix: ") == 0);
  CHECK(opened(store.path(), {}).error.find("holds no ledger") != std::string::npos);
  run(store, "20261121T024501-10-a");
  CHECK(opened(store.path(), {}).error.find("--store") != std::string::npos);
  CHECK_FALSE(opened("/etc/passwd", {}).well);
}

TEST_CASE("An unreadable ledger among others is told, and the others are read") {
  Folder store;
  run(store, "20261121T024501-10-a", 10);
  std::ofstream((store / "20261121T024501-10-a") + "/11.1.1.ledger") << "torn";
  const Opened result = opened("20261121T024501-10-a", {store.path()});
  REQUIRE(result.well);
  CHECK(result.report.run.processes.size() == 1);
  CHECK(result.report.run.unreadable);
  REQUIRE(result.report.run.troubles.size() == 1);
  CHECK(result.report.run.troubles[0].find("11.1.1.ledger: is too short") != std::string::npos);
}

TEST_CASE("A ledger that is a link is not followed out of the run") {
  Folder store;
  run(store, "20261121T024501-10-a", 10, "elsewhere");
  REQUIRE(symlink("elsewhere", ((store / "20261121T024501-10-a") + "/10.1.1.ledger").c_str()) == 0);
  CHECK(opened("20261121T024501-10-a", {store.path()}).error.find("symbolic link") != std::string::npos);
}

TEST_CASE("A store is a folder of the user's own, and no link") {
  Folder folder;
  std::vector<std::string> stores;
  std::string error;
  CHECK(report::find_stores(folder.path() + '/', &stores, &error));
  CHECK(stores == std::vector<std::string>{folder.path()});
  REQUIRE(symlink(folder.path().c_str(), (folder / "link").c_str()) == 0);
  CHECK_FALSE(report::find_stores(folder / "link", &stores, &error));
  CHECK(error.find("symbolic link") != std::string::npos);
  CHECK_FALSE(report::find_stores(folder / "missing", &stores, &error));
  if (geteuid() == 0) {
    REQUIRE(chown(folder.path().c_str(), 12345, 12345) == 0);
    CHECK_FALSE(report::find_stores(folder.path(), &stores, &error));
    CHECK(error.find("12345") != std::string::npos);
  }
}

TEST_CASE("The store is taken from LIFEGUARD_OPTIONS where none is asked for") {
  Folder folder, other;
  const char* before = std::getenv("LIFEGUARD_OPTIONS");
  const std::string kept = before ? before : "";
  setenv("LIFEGUARD_OPTIONS", ("depth=5:store='" + folder.path() + "'").c_str(), 1);
  std::vector<std::string> stores;
  std::string error;
  CHECK(report::find_stores("", &stores, &error));
  CHECK(stores == std::vector<std::string>{folder.path()});
  CHECK(report::find_stores(other.path(), &stores, &error));
  CHECK(stores == std::vector<std::string>{other.path()});
  before ? setenv("LIFEGUARD_OPTIONS", kept.c_str(), 1) : unsetenv("LIFEGUARD_OPTIONS");
}
