// The classes of findings, a row each: nothing else names one. To add one: a row here, and the place in judge.cpp that
// sees it.
#pragma once

#include "src/options/slice.h"

#include "src/report/model.h"

namespace lifeguard::judge {

struct Class {
  const char* name;
  report::Severity severity;  // where own code has a part in it
  bool forgiven_when_killed;  // a process that was killed had no chance: then a warning at most
  const char* title;          // as people read it, after the count and the kind
  const char* remedy;
};

inline constexpr Class open_at_end = {"open-at-end", report::Severity::error, true, "left open",
                                      "close it on every way out, or let an owner do it (RAII, fclose, with)"};
inline constexpr Class double_close = {"double-close", report::Severity::error, false, "closed twice",
                                       "give it one owner, and set the variable to -1 once it is closed: the second "
                                       "close can hit a stranger's descriptor"};
inline constexpr Class unseen = {
    "unseen", report::Severity::note, false, "opened out of sight",
    "acquired where no hook fires (inside libc, a raw system call, a static helper); find it by its detail"};
inline constexpr Class inherited = {
    "inherited", report::Severity::note, false, "inherited",
    "opened by the parent; use O_CLOEXEC there, or close_range() between fork and exec, if the child needs none"};

inline constexpr const Class* classes[] = {&open_at_end, &double_close, &unseen, &inherited};

constexpr const Class* class_named(Slice name) {
  for (const Class* one : classes)
    if (name == one->name) return one;
  return nullptr;
}

}  // namespace lifeguard::judge
