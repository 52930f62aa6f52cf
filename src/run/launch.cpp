#include "src/run/launch.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "src/system/process.h"

extern char** environ;

namespace lifeguard::run {
namespace {

constexpr std::string_view library_name = "liblifeguard.so";

bool is(std::string_view entry, std::string_view name) {
  return entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=';
}

std::string value_of(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// The library first; another one of the same name goes (a run inside a run).
std::string preload_list(const std::string& library) {
  std::string list = library;
  const std::string before = value_of("LD_PRELOAD");
  for (size_t at = 0; at < before.size();) {
    const size_t end = std::min(before.find_first_of(": ", at), before.size());
    const std::string one = before.substr(at, end - at);
    if (!one.empty() && one.substr(one.rfind('/') + 1) != library_name) list += ':' + one;
    at = end + 1;
  }
  return list;
}

// AddressSanitizer's shared runtime refuses to start behind any other library. It need not be the first for its own
// sake: the library takes no memory and defines none of the functions that serve to check it. Putting it first in
// LD_PRELOAD would load it into every program of the tree.
std::string sanitizer_options() {
  const std::string name = "verify_asan_link_order", before = value_of("ASAN_OPTIONS");
  if (before.find(name) != std::string::npos) return before;
  return before + (before.empty() ? "" : ":") + name + "=0";
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

// Where a program of that name may be, in the order of PATH.
std::vector<std::string> candidates(const std::string& name) {
  if (name.find('/') != std::string::npos) return {name};
  const char* path = std::getenv("PATH");
  std::string folders = path ? path : "/bin:/usr/bin";
  std::vector<std::string> found;
  for (size_t at = 0; at <= folders.size();) {
    const size_t end = std::min(folders.find(':', at), folders.size());
    found.push_back((end == at ? "" : folders.substr(at, end - at) + '/') + name);
    at = end + 1;
  }
  return found;
}

// Straight to the kernel: where this program is watched itself, the hook of execve would hand on its own run.
long execute(const char* path, char* const* arguments, char* const* environment) {
  long result;
  asm volatile("syscall"
               : "=a"(result)
               : "0"(SYS_execve), "D"(path), "S"(arguments), "d"(environment)
               : "rcx", "r11", "memory");
  return -result;
}

struct Prepared {
  std::vector<std::string> paths, command, script, environment;
  std::vector<char*> arguments, script_arguments, entries;
  char run[4096 + 128];  // LIFEGUARD_RUN, once pid and start are known
};

// In the child. Returns why no program could be put in its place.
int become(const Launch& launch, Prepared& prepared) {
  for (const Limit& limit : launch.limits) {
    const rlimit both = {limit.most, limit.most};
    if (setrlimit(limit.what, &both) != 0) return errno;
  }
  if (!launch.folder.empty()) {
    uint64_t start = 0;
    system::process_start(getpid(), &start);
    const int size = std::snprintf(prepared.run, sizeof prepared.run, "LIFEGUARD_RUN=1 %d %llu  %s", getpid(),
                                   static_cast<unsigned long long>(start), launch.folder.c_str());
    if (size > 0 && static_cast<size_t>(size) < sizeof prepared.run) {
      prepared.entries.back() = prepared.run;
      prepared.entries.push_back(nullptr);
    }
  }
  if (launch.ignores_children) signal(SIGCHLD, SIG_IGN);
  if (launch.mask) sigprocmask(SIG_SETMASK, launch.mask, nullptr);
  int why = ENOENT;
  for (size_t i = 0; i < prepared.paths.size(); ++i) {
    const char* path = prepared.paths[i].c_str();
    int error = static_cast<int>(execute(path, prepared.arguments.data(), prepared.entries.data()));
    if (error == ENOEXEC) {  // a script without a first line that says for whom: the shell's, as everywhere
      prepared.script_arguments[1] = prepared.paths[i].data();
      error = static_cast<int>(execute("/bin/sh", prepared.script_arguments.data(), prepared.entries.data()));
    }
    struct stat status;
    if (error == ENOENT && stat(path, &status) == 0) return ELIBBAD;  // there, but its interpreter is not
    if (error == EACCES || error == ENOENT || error == ENOTDIR) {
      if (error == EACCES) why = error;
      continue;
    }
    return error;
  }
  return why;
}

// A child that begins in the cgroup: to move one there later costs the system a wait for all processors.
int fork_into(int cgroup) {
  if (cgroup >= 0) {
    clone_args arguments = {};
    arguments.flags = CLONE_INTO_CGROUP;
    arguments.exit_signal = SIGCHLD;
    arguments.cgroup = static_cast<uint64_t>(cgroup);
    const long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid >= 0) return static_cast<int>(pid);
  }
  return fork();
}

void explain(const std::string& name, int error, Started* started) {
  const bool searched = name.find('/') == std::string::npos;
  started->status = error == ENOENT || error == ENOTDIR ? not_found : not_executable;
  if (started->status == not_found)
    started->error = name + ": no such program" + (searched ? " (looked in PATH)" : "");
  else if (error == ELIBBAD)
    started->error = name + ": cannot be executed: the interpreter that it names does not exist";
  else
    started->error = name + ": cannot be executed: " + std::strerror(error);
}

}  // namespace

bool find_library(std::string* path, std::string* error) {
  const std::string self = system::read_link("/proc/self/exe");
  const std::string folder = self.substr(0, self.rfind('/') + 1);
  for (const std::string& place : {folder, folder + "../lib/"}) {
    *path = place + std::string(library_name);
    if (access(path->c_str(), R_OK) != 0) continue;
    if (path->find_first_of(": \t\n") == std::string::npos) return true;
    *error = *path + ": the loader takes no library from a path that holds a blank or a colon; put it elsewhere";
    return false;
  }
  *error = "no " + std::string(library_name) + " beside " + self + " or in ../lib; `make install` puts it there";
  return false;
}

std::vector<std::string> environment(const Launch& launch) {
  std::vector<std::string> entries;
  for (char** entry = environ; entry && *entry; ++entry) {
    bool ours = false;
    for (const char* name : {"LD_PRELOAD", "LIFEGUARD_OPTIONS", "LIFEGUARD_RUN", "LIFEGUARD_MARK", "ASAN_OPTIONS"})
      ours = ours || is(*entry, name);
    if (!ours) entries.emplace_back(*entry);
  }
  entries.push_back("LD_PRELOAD=" + preload_list(launch.library));
  entries.push_back("ASAN_OPTIONS=" + sanitizer_options());
  if (!launch.options.empty()) entries.push_back("LIFEGUARD_OPTIONS=" + launch.options);
  if (!launch.folder.empty()) entries.push_back("LIFEGUARD_MARK=" + launch.folder);
  return entries;
}

bool start(const Launch& launch, Started* started) {
  Prepared prepared;
  prepared.command = launch.command;
  prepared.script = launch.command;
  prepared.script.insert(prepared.script.begin(), "/bin/sh");
  prepared.environment = environment(launch);
  prepared.paths = candidates(launch.command.front());
  prepared.arguments = pointers(prepared.command);
  prepared.script_arguments = pointers(prepared.script);
  prepared.entries = pointers(prepared.environment);
  prepared.entries.reserve(prepared.entries.size() + 1);

  int told[2];
  if (pipe2(told, O_CLOEXEC) != 0) {
    explain(launch.command.front(), errno, started);
    return false;
  }
  const int pid = fork_into(launch.cgroup);
  if (pid == 0) {
    const int error = become(launch, prepared);
    if (write(told[1], &error, sizeof error) != sizeof error) _exit(not_found);
    _exit(not_executable);
  }
  int error = pid < 0 ? errno : 0;
  close(told[1]);
  if (pid > 0) {
    ssize_t n;
    while ((n = read(told[0], &error, sizeof error)) < 0 && errno == EINTR) continue;
    if (n == 0) error = 0;
  }
  close(told[0]);
  if (error) {
    if (pid > 0)
      while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) continue;
    explain(launch.command.front(), error, started);
    return false;
  }
  started->pid = pid;
  system::process_start(pid, &started->start);
  return true;
}

}  // namespace lifeguard::run
