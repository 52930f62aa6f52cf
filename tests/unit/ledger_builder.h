// Makes ledgers for tests, by the same header that the library writes them by: good ones, and then broken on purpose.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "src/ledger/layout.h"

namespace lifeguard::test {

// A folder of its own that goes away with the test.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + '/' + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class LedgerBuilder {
 public:
  LedgerBuilder();

  ledger::Header header{};
  // What a process that ended well would have written.
  void ended_by_exit(int status);

  ledger::Text text(const std::string& bytes);
  uint32_t module(const std::string& path, const std::string& build_id_bytes = "");
  uint32_t site(const std::vector<uint64_t>& frames, uint16_t flags = 0);
  ledger::Slot& slot(uint32_t number, ledger::State state, ledger::Kind kind, uint32_t site,
                     const std::string& detail = "");
  ledger::Thing& thing(ledger::Kind kind, uint64_t id, uint32_t site, uint16_t flags = 0,
                       const std::string& detail = "");
  ledger::Event& double_close(int number, uint32_t creator, uint32_t first, uint32_t again);

  static std::string piece(ledger::DetailTag tag, const std::string& bytes);
  static std::string path(const std::string& bytes) { return piece(ledger::DetailTag::path, bytes); }

  std::string bytes();  // the whole file; sparse parts are zeros
  // Writes it, leaving holes where nothing is.
  std::string write(const std::string& path);

  uint32_t slots = 1024;  // capacity

  // Where an entry lies, once it is written.
  uint64_t place_of(ledger::Region region, uint64_t number) const;

 private:
  void lay_out();
  std::vector<ledger::Module> modules_;
  std::vector<ledger::Site> sites_;
  std::vector<uint64_t> frames_;
  std::string texts_;
  std::vector<ledger::Event> events_;
  std::vector<std::pair<uint32_t, ledger::Slot>> slots_;
  std::vector<ledger::Thing> things_ = std::vector<ledger::Thing>(1);  // the first stays empty
};

std::string socket_address(const std::string& address, uint16_t port);  // a sockaddr_in's bytes

}  // namespace lifeguard::test
