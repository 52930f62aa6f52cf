// Makes findings of a run's resources: what class a resource falls into, how severe that is, and which resources belong
// together (those of one stack, in whichever processes of the run). A resource is in one finding.
#pragma once

#include <map>
#include <string>

#include "src/report/model.h"
#include "src/symbols/source.h"

namespace lifeguard::judge {

struct Settings {
  std::map<std::string, report::Severity> severities;  // by class, in place of the table's
  std::string own;                                     // globs, besides those the processes were watched with
  bool shipped_rules = true;
  bool names_only_where_it_matters = false;  // notes stay without symbols: for the summary, which has a second
  bool names_of_ends = true;                 // where signals struck is named by symbols
};

// Replaces report->findings.
void judge(const Settings& settings, symbols::Source& symbols, report::Report* report);

// The stack of one of the process's sites as people read it; empty where it is not known.
report::Stack stack_of(const report::Process& process, uint32_t site, symbols::Source& symbols, const std::string& own);

// Joins findings of the same class, kind, reason and stack, and puts the most severe and numerous first.
void merge(std::vector<report::Finding>* findings);

}  // namespace lifeguard::judge
