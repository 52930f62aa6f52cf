// Reads one ledger, trusting nothing in it: the file may be torn by a kill, cut by a full disk, written by another
// version, made up by an enemy, or still being written while it is read. It is read with pread and never mapped (a
// mapped file that is truncated faults), whatever is out of range is counted as damage and skipped, and memory is
// bounded: what a caller does not ask for is not read. Texts come back as raw bytes.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "src/ledger/layout.h"

namespace lifeguard::ledger {

class Reader {
 public:
  Reader() = default;
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // A link is only followed where the caller knows it to be the kernel's (/proc/PID/map_files).
  enum class Links { refuse, follow };
  bool open(const std::string& path, std::string* error, Links links = Links::refuse);
  // What could not be opened was made for a process that has not come to write into it: it is about to, or was killed.
  bool blank() const { return blank_; }

  const Header& header() const { return header_; }
  uint64_t allocated_bytes() const { return allocated_; }

  // Looks at the header again: the process may have gone on, or ended. False: it became unreadable.
  bool refresh();

  // Empty where the text is not known or lies outside its region.
  std::string text(Text text);
  bool module(uint32_t number, Module* module);
  // Site 0 is unknown. Frames with module numbers out of range are left out.
  bool site(uint32_t number, Site* site, std::vector<uint64_t>* frames);
  // What a frame of Python's refers to (frame_python_code).
  bool python_code(uint32_t offset, PythonCode* code);

  // Every slot that was ever used, in order of its number. Where the process may be running, each is read until it
  // holds still. Holes of the file are stepped over, so that a table for a million costs what was touched of it.
  void each_slot(bool may_change, const std::function<void(uint32_t number, const Slot& slot)>& visit);
  bool slot(uint32_t number, Slot* slot);
  void each_event(const std::function<void(const Event& event)>& visit);
  // Those that are not given back.
  void each_thing(bool may_change, const std::function<void(const Thing& thing)>& visit);

  // What could not be used, in one line; empty where all was well.
  std::string damage() const;

 private:
  bool check(std::string* error);
  bool read_at(uint64_t offset, void* into, size_t size) const;
  uint64_t place_of(Region region, uint64_t number) const;
  bool entries(Region region, uint64_t first, size_t count, void* into) const;
  void damaged(const char* what) { ++damage_[what]; }
  template <typename Entry>
  void settle(Region region, uint32_t number, Entry* entry) const;
  bool plausible(const Slot& slot);

  int file_ = -1;
  bool blank_ = false;
  uint64_t size_ = 0;
  uint64_t allocated_ = 0;
  Header header_{};
  std::map<std::string, uint64_t> damage_;
};

// Steps through a detail's pieces; false once there is no more, or what follows makes no sense.
struct DetailPieces {
  std::string_view rest;
  bool next(DetailTag* tag, std::string_view* bytes);
};

}  // namespace lifeguard::ledger
