// What is written down of a run, and read by those who come after it: also where somebody else has written it.
#include "src/run/record.h"

#include <catch2/catch.hpp>

using namespace lifeguard::run;

namespace {

Record sample() {
  Record record;
  record.runner = {100, 7};
  record.keeper = {101, 8};
  record.first = {102, 9};
  record.machine.boot = {1, 2, 3, 0xff};
  record.machine.pid_namespace = 4026531836;
  record.user = 1000;
  record.command = {"sh", "-c", "echo a\nb \\n\\ 'x'", "", std::string("zero\0byte", 9), "\xff\xfe"};
  record.cwd = "/tmp/a b\nend";
  record.host = "here";
  record.labels = {{"task", "a=b c"}, {"x", ""}};
  record.began = 1;
  record.ended = 2;
  record.end = Record::End::signal;
  record.status = 15;
  record.lost = true;
  record.errors = 3;
  record.warnings = 0;
  record.remnants = {{Remnant::What::killed, {200, 20}, "sleep 1000", ""},
                     {Remnant::What::left, {201, 21}, "sudo\nthing", "it belongs to another user"}};
  record.removed = {"/tmp/x\ny"};
  return record;
}

}  // namespace

TEST_CASE("a record reads back as it was written, whatever bytes it holds", "[record]") {
  const Record record = sample();
  Record read;
  std::string error;
  REQUIRE(from_text(to_text(record), &read, &error));
  CHECK(to_text(read) == to_text(record));
  CHECK(read.command == record.command);
  CHECK(read.cwd == record.cwd);
  CHECK(read.labels == record.labels);
  CHECK(read.first.pid == 102);
  CHECK(read.machine.boot == record.machine.boot);
  REQUIRE(read.remnants.size() == 2);
  CHECK(read.remnants[1].command == "sudo\nthing");
  CHECK(read.remnants[1].why == "it belongs to another user");
  CHECK(read.errors == 3);
  CHECK(read.lost);
}

TEST_CASE("a record that is cut anywhere is refused, and nothing else happens", "[record]") {
  const std::string text = to_text(sample());
  for (size_t size = 0; size < text.size(); ++size) {
    Record read;
    std::string error;
    CHECK_FALSE(from_text(text.substr(0, size), &read, &error));
    CHECK_FALSE(error.empty());
  }
}

TEST_CASE("numbers that are none, and pids that nobody has, are refused", "[record]") {
  for (const std::string line :
       {"first -5 1", "first x 1", "first 1", "boot zz", "boot 00", "namespace -1", "user x", "how slowly 1",
        "how exit", "remnant killed -1 2 x", "remnant gone 1 2 x", "label x"}) {
    Record read;
    std::string error;
    INFO(line);
    CHECK_FALSE(from_text("lifeguard-run 1 1 1 0 0\n" + line + "\nend\n", &read, &error));
    CHECK(error == "is damaged at line 2");
  }
  Record read;
  std::string error;
  CHECK_FALSE(from_text("lifeguard-run 2 1 1 0 0\nend\n", &read, &error));
  CHECK(error == "is of another version of lifeguard");
  CHECK(from_text("lifeguard-run 1 1 1 0 0\nsomething of a later one\nend\n", &read, &error));
}
