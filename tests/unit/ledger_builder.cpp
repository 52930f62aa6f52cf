#include "tests/unit/ledger_builder.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace lifeguard::test {

using ledger::Region;

Folder::Folder() {
  std::string name = std::filesystem::temp_directory_path() / "lifeguard-unit-XXXXXX";
  if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

LedgerBuilder::LedgerBuilder() {
  sites_.emplace_back();  // 0 is unknown
  std::memcpy(header.magic, ledger::magic, sizeof header.magic);
  header.version = ledger::version;
  header.header_size = sizeof header;
  header.pid = 4242;
  header.ppid = 1;
  header.image = 1;
  header.start = 1;  // never the start of a process that lives
  header.began_realtime = 1'700'000'000'000'000'000;
  header.began_monotonic = 1'000'000'000'000;
  header.flags = ledger::header_first;
  header.exe = text("/home/me/server");
  header.run_exe = header.exe;
  header.command = text(std::string("./server\0--port\08080\0", 21));
  header.host = text("box");
  header.run = text("20261121T024501-4242-server");
}

void LedgerBuilder::ended_by_exit(int status) {
  header.end.how = ledger::EndHow::exit;
  header.end.reconciled = 1;
  header.end.status = status;
  header.end.time = header.began_monotonic + 5'000'000'000;
}

ledger::Text LedgerBuilder::text(const std::string& bytes) {
  const ledger::Text where = {static_cast<uint32_t>(texts_.size()), static_cast<uint32_t>(bytes.size())};
  texts_ += bytes;
  return where;
}

uint32_t LedgerBuilder::module(const std::string& path, const std::string& build_id_bytes) {
  ledger::Module module{};
  module.path = text(path);
  module.build_id_length = static_cast<uint8_t>(build_id_bytes.size());
  std::memcpy(module.build_id, build_id_bytes.data(), std::min(build_id_bytes.size(), sizeof module.build_id));
  modules_.push_back(module);
  return static_cast<uint32_t>(modules_.size() - 1);
}

uint32_t LedgerBuilder::site(const std::vector<uint64_t>& frames, uint16_t flags) {
  ledger::Site site{};
  site.births = 1;
  site.first = static_cast<uint32_t>(frames_.size());
  site.count = static_cast<uint16_t>(frames.size());
  site.flags = flags;
  frames_.insert(frames_.end(), frames.begin(), frames.end());
  sites_.push_back(site);
  return static_cast<uint32_t>(sites_.size() - 1);
}

ledger::Slot& LedgerBuilder::slot(uint32_t number, ledger::State state, ledger::Kind kind, uint32_t site,
                                  const std::string& detail) {
  ledger::Slot slot{};
  slot.word = ledger::make_word(state, kind, 0, 1);
  slot.born = header.began_monotonic + 1'000'000'000;
  slot.site = site;
  slot.thread = 4242;
  std::memcpy(slot.detail, detail.data(), std::min(detail.size(), sizeof slot.detail));
  slots_.emplace_back(number, slot);
  return slots_.back().second;
}

ledger::Thing& LedgerBuilder::thing(ledger::Kind kind, uint64_t id, uint32_t site, uint16_t flags,
                                    const std::string& detail) {
  ledger::Thing thing{};
  thing.word = ledger::make_word(ledger::State::live, kind, flags, 1);
  thing.born = header.began_monotonic + 1'000'000'000;
  thing.id = id;
  thing.site = site;
  thing.thread = 4242;
  std::memcpy(thing.detail, detail.data(), std::min(detail.size(), sizeof thing.detail));
  things_.push_back(thing);
  return things_.back();
}

ledger::Event& LedgerBuilder::double_close(int number, uint32_t creator, uint32_t first, uint32_t again) {
  ledger::Event event{};
  event.what = ledger::EventWhat::double_close;
  event.kind = ledger::Kind::file;
  event.number = number;
  event.creator = creator;
  event.closer = first;
  event.site = again;
  event.time = header.began_monotonic + 2'000'000'000;
  event.born = header.began_monotonic + 1'000'000'000;
  events_.push_back(event);
  return events_.back();
}

std::string LedgerBuilder::piece(ledger::DetailTag tag, const std::string& bytes) {
  return std::string{static_cast<char>(tag), static_cast<char>(bytes.size())} + bytes;
}

void LedgerBuilder::lay_out() {
  uint32_t near = ledger::page_size;
  uint64_t at = 2 * ledger::page_size;
  auto place = [&](Region region, uint32_t entry, size_t capacity, size_t used) {
    const auto i = static_cast<size_t>(region);
    header.regions[i] = {at, entry, static_cast<uint32_t>(capacity)};
    header.used[i] = static_cast<uint32_t>(used);
    // The first few are near, so that whatever is longer lies on both sides.
    if (header.version > 3) header.near[i] = {near, 3};
    near += 3 * entry;
    at += (entry * capacity + ledger::page_size - 1) / ledger::page_size * ledger::page_size;
  };
  place(Region::modules, sizeof(ledger::Module), 64, modules_.size());
  place(Region::index, 4, 64, 0);
  place(Region::sites, sizeof(ledger::Site), 128, sites_.size());
  place(Region::frames, 8, 1024, frames_.size());
  place(Region::texts, 1, texts_.size() + 4096, texts_.size());
  place(Region::events, sizeof(ledger::Event), 64, events_.size());
  place(Region::things, sizeof(ledger::Thing), 64, things_.size());
  place(Region::slots, sizeof(ledger::Slot), slots, 0);
  header.file_size = at;
}

uint64_t LedgerBuilder::place_of(Region region, uint64_t number) const {
  const auto i = static_cast<size_t>(region);
  return (number < header.near[i].count ? header.near[i].offset : header.regions[i].offset) +
         number * header.regions[i].entry;
}

std::string LedgerBuilder::write(const std::string& path) {
  lay_out();
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool well = file >= 0 && ftruncate(file, static_cast<off_t>(header.file_size)) == 0;
  auto put = [&](uint64_t offset, const void* bytes, size_t size) {
    well = well && pwrite(file, bytes, size, static_cast<off_t>(offset)) == static_cast<ssize_t>(size);
  };
  auto put_entry = [&](Region region, uint64_t number, const auto& entry) {
    put(place_of(region, number), &entry, sizeof entry);
  };
  auto put_all = [&](Region region, const auto& entries) {
    for (size_t i = 0; i < entries.size(); ++i) put_entry(region, i, entries[i]);
  };
  put(0, &header, sizeof header);
  put_all(Region::modules, modules_);
  put_all(Region::sites, sites_);
  put_all(Region::frames, frames_);
  put_all(Region::texts, texts_);
  put_all(Region::events, events_);
  put_all(Region::things, things_);
  for (const auto& [number, slot] : slots_) put_entry(Region::slots, number, slot);
  if (file >= 0) ::close(file);
  if (!well) throw std::runtime_error("cannot write " + path);
  return path;
}

std::string LedgerBuilder::bytes() {
  Folder folder;
  write(folder / "ledger");
  std::string bytes(std::filesystem::file_size(folder / "ledger"), 0);
  const int file = ::open((folder / "ledger").c_str(), O_RDONLY | O_CLOEXEC);
  const ssize_t n = file < 0 ? -1 : pread(file, bytes.data(), bytes.size(), 0);
  if (file >= 0) ::close(file);
  if (n != static_cast<ssize_t>(bytes.size())) throw std::runtime_error("cannot read a ledger back");
  return bytes;
}

std::string socket_address(const std::string& address, uint16_t port) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  inet_pton(AF_INET, address.c_str(), &v4.sin_addr);
  return std::string(reinterpret_cast<const char*>(&v4), sizeof v4);
}

}  // namespace lifeguard::test
