// Rules that come with the product: known habits of healthy programs, which would otherwise be called leaks. Each has a
// reason that a person can check. A finding that a rule matches is a note, in the library's summary as in every report.
#pragma once

#include "src/ledger/layout.h"
#include "src/options/slice.h"

namespace lifeguard::judge {

struct ShippedRule {
  const char* finding;  // class
  const char* program;  // glob over the last part of the program's path
  ledger::Kind kind;    // Kind::none: any
  const char* detail;   // a part of the resource's detail; "": any
  const char* reason;
  const char* made_in = "";  // globs: one of Python's frames on its stack is in such a file, or its first frame is in
                             // such a module; "": any stack
};

inline constexpr char background_job[] = "a shell lets its background jobs go on when it ends";
inline constexpr char background_job_ended[] = "a shell does not wait for its background jobs unless told to";

inline constexpr char python_workers[] =
    "Python's multiprocessing keeps what leads its workers open until its objects are collected, which is after the "
    "end";
inline constexpr char python_leads[] =
    "*/multiprocessing/pool.py,*/multiprocessing/popen_*.py,*/multiprocessing/spawn.py,*/multiprocessing/process.py,"
    "*/multiprocessing/resource_tracker.py,*/multiprocessing/forkserver.py,*/multiprocessing/managers.py,"
    "*/concurrent/futures/process.py";

inline constexpr ShippedRule shipped_rules[] = {
    {"open-at-end", "bash", ledger::Kind::none, "", "bash keeps its script and its terminal open until it ends"},
    {"double-close", "bash", ledger::Kind::pipe, "",
     "bash closes the ends of a pipeline's pipes again once its parts run"},
    {"open-at-end", "dash", ledger::Kind::none, "", "dash keeps its script and saved descriptors open until it ends"},
    {"open-at-end", "sh", ledger::Kind::none, "", "a shell keeps its script and saved descriptors open until it ends"},
    {"open-at-end", "zsh*", ledger::Kind::none, "", "zsh keeps its script and its terminal open until it ends"},
    {"open-at-end", "busybox", ledger::Kind::none, "", "busybox's shell keeps its script open until it ends"},
    {"open-at-end", "make", ledger::Kind::directory, "",
     "make reads a directory as far as it needs to, and keeps it open until it ends"},
    {"open-at-end", "make", ledger::Kind::pipe, "",
     "make keeps its jobs' tokens and a stand-in for bad standard input open"},
    {"open-at-end", "node", ledger::Kind::event, "", "node's event loops live as long as its process"},
    {"open-at-end", "node", ledger::Kind::pipe, "", "node's event loops live as long as its process"},
    {"open-at-end", "node", ledger::Kind::file, "/dev/null", "node holds /dev/null open in place of a missing stream"},
    {"open-at-end", "java", ledger::Kind::file, "/modules", "the JVM maps its module image until it ends"},
    {"open-at-end", "java", ledger::Kind::file, ".jar",
     "the JVM's class loaders keep their archives open until it ends"},
    {"open-at-end", "*", ledger::Kind::pipe, "",
     "libunwind asks by a pipe whether memory can be read, and keeps it open until its process ends",
     "*/libunwind.so*"},
    {"open-at-end", "python*", ledger::Kind::pipe, "", python_workers, python_leads},
    {"open-at-end", "python*", ledger::Kind::file, "/dev/null", python_workers, python_leads},
    {"passed-on", "python*", ledger::Kind::pipe, "", python_workers, python_leads},
    {"orphan", "bash", ledger::Kind::process, "", background_job},
    {"orphan", "dash", ledger::Kind::process, "", background_job},
    {"orphan", "sh", ledger::Kind::process, "", background_job},
    {"orphan", "zsh*", ledger::Kind::process, "", background_job},
    {"orphan", "busybox", ledger::Kind::process, "", background_job},
    {"zombie", "bash", ledger::Kind::process, "", background_job_ended},
    {"zombie", "dash", ledger::Kind::process, "", background_job_ended},
    {"zombie", "sh", ledger::Kind::process, "", background_job_ended},
    {"zombie", "zsh*", ledger::Kind::process, "", background_job_ended},
    {"zombie", "busybox", ledger::Kind::process, "", background_job_ended},
    {"orphan", "python*", ledger::Kind::process, "multiprocessing.resource_tracker",
     "Python's resource tracker ends by itself once the last process that uses it has closed its pipe"},
    {"orphan", "python*", ledger::Kind::process, "multiprocessing.forkserver",
     "Python's fork server ends by itself once the process that started it has closed its pipe"},
};

// made_in: says whether the stack has a frame, as above, that one of the globs names.
template <typename MadeIn>
constexpr const ShippedRule* shipped_rule(Slice finding, Slice program_path, ledger::Kind kind, Slice detail,
                                          const MadeIn& made_in) {
  for (const ShippedRule& rule : shipped_rules)
    if (finding == rule.finding && glob_match(rule.program, basename(program_path)) &&
        (rule.kind == ledger::Kind::none || rule.kind == kind) && contains(detail, rule.detail) &&
        (!*rule.made_in || made_in(rule.made_in)))
      return &rule;
  return nullptr;
}

// What a shell opens for a command by a redirection is meant for that command, also above number 2.
constexpr bool hands_on_by_redirection(Slice program_path) {
  constexpr Slice shells[] = {"bash", "dash", "sh", "zsh", "ksh", "busybox"};
  for (Slice shell : shells)
    if (basename(program_path) == shell) return true;
  return false;
}

}  // namespace lifeguard::judge
