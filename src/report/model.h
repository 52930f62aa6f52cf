// What everything to the right of the ledger works on. A Run is what the ledgers (and /proc) say: processes, with their
// resources and raw stacks. A Report is a run and what the judge made of it: findings, with stacks that people can
// read. A saved JSON report gives a Report too, with the raw part empty.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/ledger/kinds.h"

namespace lifeguard::report {

// Nanoseconds since 1970; 0: not known.
using Time = int64_t;

struct Module {
  std::string path;
  std::string build_id;  // hex
};

// Of Python's, which has its names in the ledger.
struct PythonCode {
  std::string function, file;
};

struct Site {
  std::vector<uint64_t> frames;  // as in the ledger, innermost first
  uint64_t births = 0;
  bool cut = false;  // there was more of it than could be kept or unwound
};

struct Resource {
  int number = -1;
  ledger::Kind kind = ledger::Kind::none;
  ledger::State state = ledger::State::empty;
  uint16_t flags = 0;
  uint32_t site = 0;
  uint32_t closer = 0;
  uint32_t bound = 0;  // where a socket was given its address
  uint32_t thread = 0;
  uint32_t phase = 0;
  Time born = 0;
  uint64_t bytes = 0;  // held by a file that has no name any more
  std::string detail;
  std::string kind_name;  // of a kind that only the program knows
};

// What is no descriptor: flags are ThingFlags. Its number is a pid, a tid or a System V id, -1 where it goes by name.
struct Thing : Resource {
  std::string name;        // path, POSIX name, or what else it goes by
  uint64_t start = 0;      // of a process, as /proc counts
  uint64_t monotonic = 0;  // its birth by the ledger's clock
  int status = 0;
  uint64_t device = 0, inode = 0;  // of a path or segment, where known; of a popen's command its stream's number
  Time moment = 0;                 // when its file was made; when a process ended
  bool there = false;              // the system was asked just now, and still has it
};

struct DoubleClose {
  Resource what;  // as it was in its life; site is its creation
  uint32_t closed_first = 0;
  uint32_t closed_again = 0;
  uint32_t thread = 0;
  Time when = 0;
};

// A bind that failed since somebody else had the address.
struct Refusal {
  std::string address;
  uint32_t site = 0;
  Time when = 0;
};

struct End {
  enum class How { running, exit, signal, exec, vanished };
  How how = How::vanished;
  int status = 0;
  int signal = 0;
  int sender = 0;
  Time when = 0;
  uint32_t site = 0;  // where a signal ended it
  // The last signal that asked it to end and that it handled itself; 0: none.
  int handled = 0;
  int handled_from = 0;
  Time handled_when = 0;
};
const char* end_name(End::How how);

struct Cleanup {
  bool done = false;
  uint32_t closed = 0, ended = 0, killed = 0, left = 0;
};

struct Process {
  int pid = 0, ppid = 0;
  uint32_t image = 1;
  uint64_t start = 0;  // clock ticks after boot, as /proc counts
  bool first = false;  // of its run
  Time began = 0;
  std::string exe;
  std::vector<std::string> command;
  std::string cwd;
  End end;
  Cleanup cleanup;
  std::map<std::string, uint64_t> lost;  // counter to count, where not 0
  std::string trouble;
  std::string ledger;   // the file it came from
  std::string own;      // the own= option it was watched with
  bool shipped = true;  // the rules that come with the product hold for it
  std::string run_exe;
  std::string origin;     // file name of the ledger it goes back to: the image before, or its parent's
  bool forked = false;    // began as a fork, not by exec
  bool lives = false;     // the process is there now, as this image or as a later one
  bool compared = false;  // with /proc, at its end or just now
  std::array<uint8_t, 16> boot{};
  uint64_t pid_namespace = 0;

  std::vector<Module> modules;
  std::map<uint32_t, Site> sites;
  std::map<uint32_t, PythonCode> python;   // by what frames refer to it with
  std::map<uint32_t, std::string> phases;  // by the number that resources carry; in the order they began
  std::vector<Resource> resources;         // descriptors
  std::vector<Thing> things;
  std::vector<DoubleClose> double_closes;
  std::vector<Refusal> refusals;

  std::string id() const { return std::to_string(pid) + '.' + std::to_string(image); }
};

// A program of the tree that could not be watched.
struct Unwatched {
  int pid = 0;
  std::string exe;
  std::string why;
};

struct Run {
  std::string id;
  std::string folder;
  std::string host;
  std::vector<std::string> command;
  Time started = 0, ended = 0;
  std::map<std::string, std::string> labels;
  std::vector<Process> processes;
  std::vector<Unwatched> unwatched;
  std::vector<std::string> troubles;  // one line each: records that could not be used, and why
  bool unreadable = false;            // a whole ledger was among them

  bool lives() const;  // any process of it
};

struct Frame {
  std::string function;  // demangled; empty: not known
  std::string file;
  int line = 0;
  std::string module;
  std::string build_id;
  uint64_t offset = 0;
  bool own = false;
  bool inlined = false;
  bool exact = false;  // offset is where it stood, not where it would have come back to
  std::string language;
  std::string note;  // why something is not known
};
using Stack = std::vector<Frame>;

enum class Severity { off, note, warning, error };
const char* severity_name(Severity severity);
bool severity_from(const std::string& name, Severity* severity);

// A resource as findings show it.
struct Holding {
  int number = -1;
  std::string detail;
  Time born = 0;
  uint32_t thread = 0;
  std::string phase;  // what the program said it was at when it took it: the name of a test
  std::string state;
  uint64_t bytes = 0;
  std::string process;  // PID.IMAGE
  std::string name;     // what it goes by where that is no number: a path, the name of a segment
};

inline bool is_fingerprint(std::string_view text) {
  return text.size() == 16 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

struct Finding {
  std::string name;  // its class
  Severity severity = Severity::note;
  std::string kind;
  uint64_t count = 0;
  uint64_t max_per_process = 0;
  std::string fingerprint;
  bool unstable = false;
  std::string remedy;
  std::string reason;  // why it weighs what it does, where that is not its class alone
  std::vector<std::string> processes;
  Stack site;
  std::map<std::string, Stack> other_sites;
  std::vector<Holding> resources;
  std::string suppressed_by;  // FILE:LINE of the rule
  std::string suppressed_why;
  std::string baseline;  // known, new or grown; empty: no baseline was asked, or it does not matter there

  bool counts() const { return suppressed_by.empty() && baseline != "known"; }  // towards the totals and the gate
};

struct Totals {
  uint64_t error = 0, warning = 0, note = 0, suppressed = 0;
};

struct Report {
  Run run;
  std::vector<Finding> findings;           // most severe first, then most numerous
  std::map<std::string, Stack> end_sites;  // PID.IMAGE to where a signal ended it
  Totals totals() const;
};

}  // namespace lifeguard::report
