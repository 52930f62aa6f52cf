// Starts a program watched: the library in its environment in the right place, its options, the run that it belongs to.
// Everything else about it (standard streams, process group, terminal, signal mask and dispositions, limits, other
// descriptors) is as the caller has it, unless asked otherwise.
//
// The run is handed over as the library hands it over at an exec (preload/passage.h): LIFEGUARD_RUN, which the library
// takes out again before the program begins. LIFEGUARD_MARK stays, and is how members of a run that cannot be watched
// are known later.
#pragma once

#include <signal.h>
#include <sys/resource.h>

#include <cstdint>
#include <string>
#include <vector>

namespace lifeguard::run {

struct Limit {
  __rlimit_resource what;
  rlim_t most;
};

struct Launch {
  std::vector<std::string> command;
  std::string library;  // find_library()
  std::string options;  // LIFEGUARD_OPTIONS of the program
  std::string folder;   // of the run, which is there already; empty: the library makes one
  std::vector<Limit> limits;
  int cgroup = -1;  // the open folder of a cgroup that it begins in, where that can be done
  const sigset_t* mask = nullptr;
  bool ignores_children = false;  // SIGCHLD, as the caller itself was started with
};

// What a shell's exit status says of a program that could not be started.
inline constexpr int not_executable = 126;
inline constexpr int not_found = 127;

struct Started {
  int pid = -1;
  uint64_t start = 0;  // field 22 of /proc/PID/stat
  int status = 0;      // not started: 126 or 127, and a line that begins with the program's name
  std::string error;
};

// liblifeguard.so beside this program, or in ../lib.
bool find_library(std::string* path, std::string* error);

// The environment for a program that is to be watched: this one's, with LD_PRELOAD, LIFEGUARD_OPTIONS, LIFEGUARD_MARK
// and what a sanitizer's runtime has to be told.
std::vector<std::string> environment(const Launch& launch);

// Returns once the program runs, or is known not to.
bool start(const Launch& launch, Started* started);

}  // namespace lifeguard::run
