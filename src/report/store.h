// Where runs are kept, and how the name that a person gives for one (a folder, a file, a name, a pid, nothing) is
// found.
#pragma once

#include <string>
#include <vector>

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

// Reads what `name` stands for into a report: of a saved one, the findings too (saved is set); else the run alone,
// which is added to. Error is one line that begins with what was asked for.
bool open_run(const std::string& name, const std::vector<std::string>& stores, Report* report, bool* saved,
              std::string* error);

}  // namespace lifeguard::report
