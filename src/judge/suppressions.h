// Rules by which a person says: this is known, leave it out of the verdict. One a line:
//
//     CLASS-or-KIND-or-*:PATTERN [until=YYYY-MM-DD] [max=N] [everything]  # reason
//     include FILE
//
// PATTERN (pattern.h) is held against the function, file and module of every frame, and against what a resource goes
// by; `@` and 16 hex digits stand for one fingerprint. kind=NAME:PATTERN is for kinds that only a program knows. A rule
// that matches a resource and no frame suppresses that resource, not its whole finding.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "src/judge/pattern.h"
#include "src/report/model.h"

namespace lifeguard::judge {

struct Rule {
  std::string what;  // class or kind; "*": any
  Pattern pattern;
  std::string fingerprint;  // in place of the pattern
  std::string reason;
  std::string until;  // the last day it holds; empty: for good
  uint64_t most = 0;  // the largest count in any one process that it covers; 0: any
  std::string text;   // as it stands in the file, without the reason
  std::string file;
  int line = 0;

  bool expired = false;
  uint64_t used = 0;   // resources
  uint64_t above = 0;  // the largest count that was more than `most`
  std::string place() const { return file + ':' + std::to_string(line); }
};

class Suppressions {
 public:
  // Adds a file's rules. False: error is one line with file, line and column.
  bool read(const std::string& path, std::string* error);
  // today: YYYY-MM-DD, UTC.
  void apply(const std::string& today, report::Report* report);
  const std::vector<Rule>& rules() const { return rules_; }

 private:
  bool read_file(const std::string& path, std::string* error);
  bool read_line(const std::string& path, int number, std::string_view line, std::string* error);
  bool read_rule(std::string_view body, Rule* rule, std::string* error, size_t* at);

  std::vector<Rule> rules_;
  std::vector<std::string> open_;  // files that are being read, outermost first
  std::set<std::string> done_;     // read already: a file counts once
};

std::string today();

// A rule for each finding that counts, which suppresses that very finding and no other: what `lifeguard suppress` says.
std::string rules_for(const report::Report& report);

}  // namespace lifeguard::judge
