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
inline constexpr Class zombie = {"zombie", report::Severity::error, true, "ended and never waited for",
                                 "wait for every child (waitpid), or set SIGCHLD to SIG_IGN where its status does not "
                                 "matter"};
inline constexpr Class orphan = {"orphan", report::Severity::error, true, "left running",
                                 "end it and wait for it before leaving (kill, waitpid), let it die with its parent "
                                 "(PR_SET_PDEATHSIG), or make it a daemon on purpose (setsid)"};
inline constexpr Class unjoined = {"unjoined", report::Severity::error, true, "ended and never joined",
                                   "join it (pthread_join, std::jthread), or start it detached: until then its stack "
                                   "stays allocated"};
inline constexpr Class left_behind = {"left-behind", report::Severity::error, false, "left behind in the system",
                                      "remove it on every way out (unlink, shm_unlink, IPC_RMID); what needs no name "
                                      "can do without one: O_TMPFILE, memfd_create, unlink right after it is opened"};
inline constexpr Class passed_on = {"passed-on", report::Severity::warning, false, "passed on into another program",
                                    "open it with close-on-exec (O_CLOEXEC, SOCK_CLOEXEC, fopen's \"e\"), or close it "
                                    "between fork and exec"};
inline constexpr Class running = {"running", report::Severity::note, false, "still running at the end",
                                  "tell it to stop and wait for it, if it should not be cut off in the middle"};
inline constexpr Class unseen = {
    "unseen", report::Severity::note, false, "opened out of sight",
    "acquired where no hook fires (inside libc, a raw system call, a static helper); find it by its detail"};
inline constexpr Class inherited = {
    "inherited", report::Severity::note, false, "inherited",
    "opened by the parent; use O_CLOEXEC there, or close_range() between fork and exec, if the child needs none"};

inline constexpr const Class* classes[] = {&open_at_end, &double_close, &zombie,  &orphan, &unjoined,
                                           &left_behind, &passed_on,    &running, &unseen, &inherited};

constexpr const Class* class_named(Slice name) {
  for (const Class* one : classes)
    if (name == one->name) return one;
  return nullptr;
}

}  // namespace lifeguard::judge
