// What a code base leaks today, so that a build fails on what is new alone:
//
//     # lifeguard-baseline/1
//     FINGERPRINT CLASS KIND MAX  # site
//
// Sorted by fingerprint, which alone is the key, and free of times, lines, addresses and folders, so that two people's
// changes merge. MAX is the largest count in any one process, and where a process runs tests that are known (by their
// phases, or by the stacks) in any one of these: a test more that calls the same leaky function is no change. A
// fingerprint that stands twice (a merge) counts with the larger MAX.
#pragma once

#include <map>
#include <string>

#include "src/report/model.h"

namespace lifeguard::judge {

class Baseline {
 public:
  struct Entry {
    std::string name, kind;  // class and kind, for people
    uint64_t most = 0;
    std::string site;
    uint64_t seen = 0;  // as MAX, of what apply() was given
  };

  // False: error is one line with file, line and column.
  bool read(const std::string& path, std::string* error);
  std::string text() const;

  // Takes in what counts in a report: new entries, and the larger MAX of known ones.
  void add(const report::Report& report);

  // Marks findings known, new or grown.
  void apply(report::Report* report);
  // Those that apply() saw nothing of.
  std::vector<std::string> stale() const;
  // After apply(): brings MAX and site of what was seen up to date. Adds nothing and removes nothing.
  void update();
  // After apply(): removes what was not seen, and lowers MAX where less was. Adds and raises nothing.
  void prune();

  size_t size() const { return entries_.size(); }

 private:
  bool read_line(std::string_view line, std::string* error, size_t* at);

  std::map<std::string, Entry> entries_;  // by fingerprint
  std::map<std::string, std::string> sites_;
};

}  // namespace lifeguard::judge
