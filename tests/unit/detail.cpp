#include "src/report/detail.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <catch2/catch.hpp>
#include <cstddef>
#include <cstring>

#include "tests/unit/ledger_builder.h"

using namespace lifeguard;
using ledger::DetailTag;
using report::address_text;
using report::detail_text;
using test::LedgerBuilder;
using test::socket_address;

namespace {

std::string unix_address(const std::string& path) {
  const sa_family_t family = AF_UNIX;
  return std::string(reinterpret_cast<const char*>(&family), sizeof family) + path;
}

std::string text(const std::string& words) { return LedgerBuilder::piece(DetailTag::text, words); }

}  // namespace

TEST_CASE("Socket addresses become what people type") {
  CHECK(address_text(socket_address("127.0.0.1", 8080)) == "127.0.0.1:8080");
  CHECK(address_text(unix_address("/run/x.sock")) == "unix:/run/x.sock");
  CHECK(address_text(unix_address(std::string("/run/x\0junk", 11))) == "unix:/run/x");
  CHECK(address_text(unix_address(std::string("\0name", 5))) == "unix:@name");
  CHECK(address_text(unix_address("")) == "unix:(unnamed)");
}

TEST_CASE("Addresses that are too short, or of an unknown family, are no trouble") {
  CHECK(address_text("").empty());
  CHECK(address_text("\x02").empty());
  CHECK(address_text(socket_address("127.0.0.1", 80).substr(0, 5)) == "address of family 2");
  CHECK(address_text(std::string("\xff\x7f\0\0", 4)) == "address of family 32767");
}

TEST_CASE("A detail says path, word and both addresses") {
  CHECK(detail_text(LedgerBuilder::path("/etc/passwd"), 0) == "/etc/passwd");
  CHECK(detail_text(text("eventfd"), 0) == "eventfd");
  CHECK(detail_text(LedgerBuilder::piece(DetailTag::local, socket_address("0.0.0.0", 80)) + text("tcp"), 0) ==
        "0.0.0.0:80");
  CHECK(detail_text(text("udp") + LedgerBuilder::piece(DetailTag::peer, socket_address("1.2.3.4", 53)), 0) ==
        "udp to 1.2.3.4:53");
  CHECK(detail_text(text("accepted") + LedgerBuilder::piece(DetailTag::peer, socket_address("1.2.3.4", 53)), 0) ==
        "accepted from 1.2.3.4:53");
}

TEST_CASE("A detail says what was cut and what was removed") {
  CHECK(detail_text(LedgerBuilder::path("tail/of/a/path"), ledger::slot_cut) == "...tail/of/a/path");
  CHECK(detail_text(LedgerBuilder::path("/tmp/x"), ledger::slot_deleted) == "/tmp/x (deleted)");
}

TEST_CASE("A detail without pieces is empty") {
  CHECK(detail_text(std::string(ledger::detail_size, '\0'), 0).empty());
  CHECK(detail_text("", 0).empty());
  CHECK(detail_text("p\xff", 0).empty());
}
