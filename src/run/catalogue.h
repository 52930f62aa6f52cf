// All runs of some stores at a glance: thousands of them in a fraction of a second, so of each only what its record and
// the heads of its ledgers say is read.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "src/run/members.h"
#include "src/run/record.h"

namespace lifeguard::run {

struct Entry {
  std::string name, folder;
  int64_t began = 0, ended = 0;  // ns since 1970; 0: not known
  std::vector<std::string> command;
  std::map<std::string, std::string> labels;
  std::string how = "vanished";  // exit, signal, failed, vanished, lost, running
  int status = 0;
  int64_t errors = -1, warnings = -1;  // -1: not known
  bool kept = false;                   // a ledger says that there was something
  bool over = true;
  bool recorded = false;  // made by `run`
  Record record;
  std::vector<Living> living;

  std::string ending() const;  // "ended with status 0", for people
};

// Newest first. Folders that cannot be used are named in troubles, and the rest is told.
std::vector<Entry> catalogue(const std::vector<std::string>& stores, std::vector<std::string>* troubles);

// One folder, with what lives of it.
bool read_entry(const std::string& folder, Entry* entry, std::vector<std::string>* troubles);

}  // namespace lifeguard::run
