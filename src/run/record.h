// What `lifeguard run` writes down of a run, in the run's folder beside the ledgers: who started it, what became of it,
// what was ended after it. It is what the next run, `ls` and `cleanup` know it by when all of its own are gone.
//
// The file is text: a first line with a version and the processes that look after the run, which the library reads too
// (preload/prune.cpp), then a line for each value, name and value with a blank between, then the line `end`. A value
// has \n, \\ and \0 for the bytes that would break the line. It is written anew beside the old one and renamed over it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "src/system/process.h"

namespace lifeguard::run {

inline constexpr const char* record_name = "run";

struct Member {
  int pid = 0;
  uint64_t start = 0;
};

// A process that outlived the command.
struct Remnant {
  enum class What { terminated, killed, kept, left };  // ended by SIGTERM or SIGKILL, spared, or not to be ended
  What what = What::left;
  Member who;
  std::string command;
  std::string why;  // of one that is left
};
const char* remnant_name(Remnant::What what);

struct Record {
  Member runner, keeper, first;  // `run` itself, its keeper (0: none), the command
  system::Identity machine;      // boot and pid namespace of all of them
  uint32_t user = 0;
  std::vector<std::string> command;
  std::string cwd, host, exclusive, cgroup;
  std::map<std::string, std::string> labels;
  int64_t began = 0, ended = 0;  // ns since 1970
  enum class End { running, exit, signal, failed };
  End end = End::running;
  int status = 0;                      // exit status or signal of the command; failed: 126 or 127
  int by_signal = 0;                   // what `run` was asked to end it with
  bool lost = false;                   // `run` was killed, and the keeper ended the tree
  int64_t errors = -1, warnings = -1;  // of the report; -1: not known
  std::vector<Remnant> remnants;
  std::vector<std::string> removed;  // paths, by --unlink

  system::Identity identity(const Member& member) const;
  bool lives() const;  // run or its keeper are there
};

bool write_record(const std::string& folder, const Record& record, std::string* error);
// Error: what is wrong with the file, to be said after its name.
bool read_record(const std::string& folder, Record* record, std::string* error);

// The text itself.
std::string to_text(const Record& record);
bool from_text(const std::string& text, Record* record, std::string* error);

}  // namespace lifeguard::run
