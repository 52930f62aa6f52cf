#include "src/ledger/reader.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>

#include "tests/unit/ledger_builder.h"

using namespace lifeguard;
using ledger::Kind;
using ledger::Reader;
using ledger::State;
using test::Folder;
using test::LedgerBuilder;

namespace {

std::string write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

std::string error_of(const std::string& path) {
  Reader reader;
  std::string error;
  REQUIRE_FALSE(reader.open(path, &error));
  CHECK(error.find('\n') == std::string::npos);
  return error;
}

std::vector<uint32_t> numbers(Reader& reader) {
  std::vector<uint32_t> seen;
  reader.each_slot(true, [&](uint32_t number, const ledger::Slot&) { seen.push_back(number); });
  return seen;
}

}  // namespace

TEST_CASE("A ledger's modules, sites, slots, events and texts come back as they were written") {
  Folder folder;
  LedgerBuilder builder;
  const uint32_t module = builder.module("/home/me/server", "\x01\x02\x03");
  const uint32_t site =
      builder.site({ledger::make_frame(module, 0x10, false), ledger::make_frame(ledger::frame_no_module, 0x99, true)});
  builder.slot(7, State::live, Kind::file, site, LedgerBuilder::path("/etc/passwd"));
  builder.double_close(9, site, site, site);
  Reader reader;
  std::string error;
  REQUIRE(reader.open(builder.write(folder / "l"), &error));
  CHECK(reader.header().pid == 4242);
  CHECK(reader.text(reader.header().exe) == "/home/me/server");
  ledger::Module read_module;
  REQUIRE(reader.module(module, &read_module));
  CHECK(reader.text(read_module.path) == "/home/me/server");
  CHECK(read_module.build_id_length == 3);
  ledger::Site read_site;
  std::vector<uint64_t> frames;
  REQUIRE(reader.site(site, &read_site, &frames));
  CHECK(frames == std::vector<uint64_t>{ledger::make_frame(module, 0x10, false),
                                        ledger::make_frame(ledger::frame_no_module, 0x99, true)});
  CHECK(numbers(reader) == std::vector<uint32_t>{7});
  int events = 0;
  reader.each_event([&](const ledger::Event& event) { events += event.number == 9; });
  CHECK(events == 1);
  CHECK(reader.damage().empty());
}

TEST_CASE("A file that is no ledger is refused in one line") {
  Folder folder;
  CHECK(error_of(write(folder / "empty", "")).find("empty") != std::string::npos);
  CHECK(error_of(write(folder / "short", "LIFEGRD\n")).find("too short") != std::string::npos);
  CHECK(error_of(write(folder / "other", std::string(100000, 'x'))) == "is not a lifeguard ledger");
  CHECK(error_of(folder.path()) == "is not a regular file");
  CHECK(error_of(folder / "missing") == "No such file or directory");
}

TEST_CASE("A ledger of another version is refused with the versions named") {
  Folder folder;
  LedgerBuilder builder;
  builder.header.version = 7;
  const std::string error = error_of(builder.write(folder / "l"));
  CHECK(error.find("version 7") != std::string::npos);
  CHECK(error.find("reads versions 3 to 4") != std::string::npos);
}

TEST_CASE("A link is refused unless the caller knows it") {
  Folder folder;
  LedgerBuilder builder;
  const std::string path = builder.write(folder / "l");
  REQUIRE(symlink(path.c_str(), (folder / "link").c_str()) == 0);
  CHECK(error_of(folder / "link").find("symbolic link") != std::string::npos);
  Reader reader;
  std::string error;
  CHECK(reader.open(folder / "link", &error, Reader::Links::follow));
}

TEST_CASE("A ledger that was made and not begun is told from what is none") {
  Folder folder;
  Reader reader;
  std::string error;
  CHECK_FALSE(reader.open(write(folder / "new", ""), &error));
  CHECK(reader.blank());
  CHECK_FALSE(reader.open(write(folder / "sized", std::string(65536, 0)), &error));
  CHECK(reader.blank());
  CHECK_FALSE(reader.open(folder / "none", &error));
  CHECK_FALSE(reader.blank());
  CHECK_FALSE(reader.open(write(folder / "other", std::string(65536, 'x')), &error));
  CHECK_FALSE(reader.blank());
  CHECK_FALSE(reader.open(write(folder / "short", "LIFE"), &error));
  CHECK_FALSE(reader.blank());
  REQUIRE(reader.open(LedgerBuilder().write(folder / "ledger"), &error));
  CHECK_FALSE(reader.blank());
}

TEST_CASE("A FIFO in a ledger's place does not hang the reader") {
  Folder folder;
  REQUIRE(mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK(error_of(folder / "fifo") == "is not a regular file");
}

TEST_CASE("A ledger cut at any place is refused or read, never more than that") {
  Folder folder;
  LedgerBuilder builder;
  const uint32_t module = builder.module("/m");
  builder.slot(1000, State::live, Kind::file, builder.site({ledger::make_frame(module, 1, false)}));
  const std::string whole = builder.bytes();
  for (size_t size = 0; size < whole.size(); size += 4096) {
    Reader reader;
    std::string error;
    CHECK_FALSE(reader.open(write(folder / "cut", whole.substr(0, size)), &error));
    CHECK_FALSE(error.empty());
  }
}

TEST_CASE("Regions that lie outside the file, overlap the header or have other entries are refused") {
  Folder folder;
  LedgerBuilder builder;
  const std::string good = builder.bytes();
  auto with = [&](auto change) {
    std::string bytes = good;
    ledger::Header header;
    std::memcpy(&header, bytes.data(), sizeof header);
    change(header.regions[static_cast<size_t>(ledger::Region::sites)]);
    std::memcpy(bytes.data(), &header, sizeof header);
    return error_of(write(folder / "l", bytes));
  };
  CHECK(with([](ledger::RegionPlace& place) { place.offset = 1ull << 62; }).find("outside the file") !=
        std::string::npos);
  CHECK(with([](ledger::RegionPlace& place) { place.offset = UINT64_MAX - 4095; }).find("outside the file") !=
        std::string::npos);
  CHECK(with([](ledger::RegionPlace& place) { place.offset = 0; }).find("impossible place") != std::string::npos);
  CHECK(with([](ledger::RegionPlace& place) { place.capacity = UINT32_MAX; }).find("more entries") !=
        std::string::npos);
  CHECK(with([](ledger::RegionPlace& place) { place.entry = 0; }).find("wrong size") != std::string::npos);
}

TEST_CASE("First entries that lie outside the file, or are more than there are, are refused") {
  Folder folder;
  LedgerBuilder builder;
  const std::string good = builder.bytes();
  auto with = [&](ledger::NearPlace near) {
    std::string bytes = good;
    ledger::Header header;
    std::memcpy(&header, bytes.data(), sizeof header);
    header.near[static_cast<size_t>(ledger::Region::slots)] = near;
    std::memcpy(bytes.data(), &header, sizeof header);
    Reader reader;
    std::string error;
    return !reader.open(write(folder / "l", bytes), &error) &&
           error.find("first entries at an impossible place") != std::string::npos;
  };
  CHECK(with({UINT32_MAX, 1}));
  CHECK(with({ledger::page_size, builder.slots + 1}));
  CHECK(with({UINT32_MAX, UINT32_MAX}));
  CHECK_FALSE(with({ledger::page_size, 1}));
}

TEST_CASE("A ledger of the version before, with nothing near, is read like any other") {
  Folder folder;
  LedgerBuilder builder;
  builder.header.version = 3;
  builder.header.header_size = offsetof(ledger::Header, near);
  const uint32_t module = builder.module("/m");
  const uint32_t site = builder.site({ledger::make_frame(module, 1, false), ledger::make_frame(module, 2, false)});
  builder.slot(0, State::live, Kind::file, site);
  builder.slot(3, State::live, Kind::socket, site);
  std::string bytes = builder.bytes();
  // Where the places of this version's first entries would stand, its writer had other things.
  std::memset(bytes.data() + offsetof(ledger::Header, near), 0xff, sizeof(ledger::Header::near));
  Reader reader;
  std::string error;
  REQUIRE(reader.open(write(folder / "l", bytes), &error));
  CHECK(numbers(reader) == std::vector<uint32_t>{0, 3});
  ledger::Site read;
  std::vector<uint64_t> frames;
  CHECK(reader.site(site, &read, &frames));
  CHECK(frames.size() == 2);
  ledger::Module named;
  CHECK(reader.module(module, &named));
  CHECK(reader.text(named.path) == "/m");
}

TEST_CASE("Damaged records are skipped and counted, the others still read") {
  Folder folder;
  LedgerBuilder builder;
  const uint32_t module = builder.module("/m");
  const uint32_t site = builder.site({ledger::make_frame(module, 1, false), ledger::make_frame(55, 2, false)});
  builder.slot(3, State::live, Kind::file, site);
  builder.slot(4, static_cast<State>(99), Kind::file, site);
  builder.slot(5, State::live, static_cast<Kind>(200), site);
  builder.double_close(-5, site, site, site);
  Reader reader;
  std::string error;
  REQUIRE(reader.open(builder.write(folder / "l"), &error));
  CHECK(numbers(reader) == std::vector<uint32_t>{3});
  ledger::Site read;
  std::vector<uint64_t> frames;
  CHECK(reader.site(site, &read, &frames));
  CHECK(frames.size() == 1);
  CHECK_FALSE(reader.site(100, &read, &frames));
  CHECK(reader.text({0xfffffff0u, 0x20u}).empty());
  reader.each_event([](const ledger::Event&) { FAIL("an event with a negative number"); });
  const std::string damage = reader.damage();
  CHECK(damage.find("2 x a descriptor's slot that makes no sense") != std::string::npos);
  CHECK(damage.find("1 x a frame in a module that does not exist") != std::string::npos);
  CHECK(damage.find('\n') == std::string::npos);
}

TEST_CASE("A site whose frames lie outside their region is damage") {
  Folder folder;
  LedgerBuilder builder;
  builder.module("/m");
  const uint32_t site = builder.site({ledger::make_frame(0, 1, false)});
  std::string bytes = builder.bytes();
  ledger::Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  const uint32_t far = 0xffffffff;
  const uint64_t at = builder.place_of(ledger::Region::sites, site);
  std::memcpy(bytes.data() + at + offsetof(ledger::Site, first), &far, sizeof far);
  Reader reader;
  std::string error;
  REQUIRE(reader.open(write(folder / "l", bytes), &error));
  ledger::Site read;
  std::vector<uint64_t> frames;
  CHECK_FALSE(reader.site(site, &read, &frames));
  CHECK(reader.damage() == "1 x a site with frames outside their region");
}

TEST_CASE("More entries claimed than there are, as by a writer that found its table full, are no damage") {
  Folder folder;
  LedgerBuilder builder;
  std::string bytes = builder.bytes();
  ledger::Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  for (uint32_t& used : header.used) used = UINT32_MAX;
  std::memcpy(bytes.data(), &header, sizeof header);
  Reader reader;
  std::string error;
  REQUIRE(reader.open(write(folder / "l", bytes), &error));
  int events = 0;
  reader.each_event([&](const ledger::Event&) { ++events; });
  CHECK(events == 0);
  CHECK(reader.damage().empty());
}

TEST_CASE("A table for a million descriptors costs what was touched of it") {
  Folder folder;
  LedgerBuilder builder;
  builder.slots = ledger::max_descriptors;
  builder.slot(3, State::live, Kind::file, 0);
  builder.slot(500'000, State::live, Kind::socket, 0);
  builder.slot(ledger::max_descriptors - 1, State::live, Kind::pipe, 0);
  Reader reader;
  std::string error;
  REQUIRE(reader.open(builder.write(folder / "l"), &error));
  REQUIRE(reader.allocated_bytes() < 4 << 20);
  const auto begin = std::chrono::steady_clock::now();
  CHECK(numbers(reader) == std::vector<uint32_t>{3, 500'000, ledger::max_descriptors - 1});
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(200));
}

TEST_CASE("A slot that changes while it is read is read until it holds still") {
  Folder folder;
  LedgerBuilder builder;
  builder.slot(0, State::live, Kind::file, 1, LedgerBuilder::path("/a"));
  builder.slot(1, State::live, Kind::file, 1, LedgerBuilder::path("/a"));
  const std::string path = builder.write(folder / "l");
  Reader reader;
  std::string error;
  REQUIRE(reader.open(path, &error));
  // The visit of slot 0 stands between the reading of both (they come in one read) and the second look at slot 1.
  std::vector<uint32_t> sites;
  reader.each_slot(true, [&](uint32_t number, const ledger::Slot& slot) {
    sites.push_back(slot.site);
    if (number != 0) return;
    ledger::Slot next{};
    next.word = ledger::make_word(State::live, Kind::socket, 0, 2);
    next.site = 77;
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(builder.place_of(ledger::Region::slots, 1)));
    file.write(reinterpret_cast<const char*>(&next), sizeof next);
  });
  CHECK(sites == std::vector<uint32_t>{1, 77});
}

TEST_CASE("Pieces of a detail end where they make no sense") {
  ledger::DetailTag tag;
  std::string_view bytes;
  const std::string good = LedgerBuilder::path("/a") + LedgerBuilder::piece(ledger::DetailTag::text, "");
  ledger::DetailPieces pieces{good};
  REQUIRE(pieces.next(&tag, &bytes));
  CHECK(bytes == "/a");
  REQUIRE(pieces.next(&tag, &bytes));
  CHECK(bytes.empty());
  CHECK_FALSE(pieces.next(&tag, &bytes));
  ledger::DetailPieces torn{std::string_view("p\xff/a", 4)};
  CHECK_FALSE(torn.next(&tag, &bytes));
}
