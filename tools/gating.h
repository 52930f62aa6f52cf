// What `check` asks of a report, and `baseline` and `suppress` in part: rules, baseline, severities; and how it is
// told.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/judge/baseline.h"
#include "src/judge/gate.h"
#include "src/judge/judge.h"
#include "src/judge/suppressions.h"
#include "tools/outputs.h"

namespace lifeguard::tools {

// --store, --severity, --own, --suppressions, --no-defaults: what a run is judged by.
class Judging {
 public:
  static std::shared_ptr<Judging> declare(Arguments& arguments);
  // Reads the files. False: error says what is wrong with one.
  bool prepare(std::string* error);
  // Judges runs and applies the rules. Returns the exit status to end with where one could not be read.
  int gather(const std::vector<std::string>& names, report::Report* report);
  // The same for one that is read already. verdict_alone: where nothing is left that would be told by this gate, notes
  // keep no names, since nobody reads them.
  void judge(const judge::Gate* verdict_alone, report::Report* report);
  void say_rules() const;  // which were used, which were not, which have expired

  const std::string& store() const { return store_; }
  const std::string& own() const { return own_; }
  // Nothing is called a finding here that the library would take for a note.
  bool weighs_as_usual() const { return severities_.empty() && !no_defaults_; }

 private:
  std::string store_, own_;
  std::vector<std::string> severities_, files_;
  bool no_defaults_ = false;
  judge::Settings settings_;
  judge::Suppressions suppressions_;
};

// --fail-on, --max, --require-watched, --baseline, --update, --prune, --strict.
class Gating {
 public:
  static std::shared_ptr<Gating> declare(Arguments& arguments);
  bool prepare(std::string* error);
  const judge::Gate& gate() const { return gate_; }
  bool has_baseline() const { return !baseline_file_.empty(); }
  // The end of a check: marks what the baseline knows, writes the report, says what a person should know and the
  // verdict. cmd: CMD's exit status, nothing where it is not known. Returns the status of the gate alone.
  int conclude(const Judging& judging, Outputs& outputs, std::optional<int> cmd, Outputs::People people,
               bool unreadable, report::Report* report);

 private:
  int write_baseline(std::optional<int> cmd, const judge::Outcome& outcome);

  std::string fail_on_ = "error", baseline_file_;
  std::vector<std::string> most_;
  bool require_watched_ = false, update_ = false, prune_ = false, strict_ = false;
  judge::Gate gate_;
  judge::Baseline baseline_;
};

// In place of what stands there, as a whole or not at all. False: said why.
bool replace_file(const std::string& path, const std::string& text);

}  // namespace lifeguard::tools
