// Where runs are kept, and how the name that a person gives for one (a folder, a file, a name, a pid, nothing) is
// found.
#pragma once

#include <string>
#include <vector>

#include "src/ledger/reader.h"
#include "src/report/model.h"

namespace lifeguard::report {

// The folders to look in: the one asked for, else store= of LIFEGUARD_OPTIONS, else the places where the library and
// `run` keep runs by default. Only a folder that belongs to the user counts, and no link: error says what is wrong with
// one that was asked for.
bool find_stores(const std::string& asked, std::vector<std::string>* stores, std::string* error);

struct RunFolder {
  std::string path;
  std::string name;
};
// Those that hold a ledger, the latest first.
std::vector<RunFolder> list_runs(const std::vector<std::string>& stores);

// The ledgers in a run's folder, by name.
std::vector<std::string> ledgers_of(const std::string& folder);

// Nothing is in it yet, or any more: made ahead for a child, or its process was killed as it made it. No damage.
bool never_begun(const std::string& path);

// The ledger that a process has in its memory: its own, or where it has none yet, being a fork that acquired nothing,
// its parent's. As root also where its file is gone.
struct Mapped {
  std::string path, folder;  // folder: the run's
  ledger::Reader::Links links = ledger::Reader::Links::refuse;
  bool own = false;
};
bool mapped_ledger(int pid, uint64_t start, Mapped* mapped);

// Reads what `name` stands for into a report: of a saved one, the findings too (saved is set); else the run alone,
// which is added to. Error is one line that begins with what was asked for.
bool open_run(const std::string& name, const std::vector<std::string>& stores, Report* report, bool* saved,
              std::string* error);

}  // namespace lifeguard::report
