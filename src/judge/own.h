// Which code is the user's own: findings there keep their severity, elsewhere they are notes. The library asks this for
// its summary and the tools for their reports; both must answer alike, so it stands here once, free of any runtime.
#pragma once

#include "src/options/slice.h"
#include "src/symbols/python_paths.h"

namespace lifeguard::judge {

// Where the system keeps what the user did not write: /usr, /bin, /sbin, and /lib, /lib64, /libx32 ...
constexpr bool system_path(Slice path) {
  if (starts_with(path, "/usr/") || starts_with(path, "/bin/") || starts_with(path, "/sbin/")) return true;
  if (!starts_with(path, "/lib")) return false;
  Slice rest = path.from(1);
  return take_until(&rest, '/').size < path.size - 1;
}

// What an interpreter was installed with: what lies in lib beside the bin it is in (pyenv, conda, uv), and its own
// library, wherever that is.
constexpr bool of_interpreter(Slice path, Slice run_exe) {
  if (starts_with(basename(path), "libpython3")) return true;
  Slice name = basename(run_exe), folder = run_exe.first(run_exe.size - name.size);
  constexpr Slice bin = "bin/", lib = "lib/";
  if (!starts_with(name, "python") || !ends_with(folder, "/bin/")) return false;
  Slice root = folder.first(folder.size - bin.size);
  return starts_with(path, root) && starts_with(path.from(root.size), lib);
}

// own_list is the own= option; run_exe the program that the run's first process ran.
constexpr bool own_module(Slice path, Slice run_exe, Slice own_list) {
  if (path.empty()) return false;
  if (!run_exe.empty() && path == run_exe) return true;
  if (glob_list_match(own_list, path)) return true;
  if (symbols::python_standard(path) || symbols::python_installed(path)) return false;  // extension modules
  if (of_interpreter(path, run_exe)) return false;
  return path.data[0] == '/' && !system_path(path);
}

// The same for Python's own code, by its file, wherever that lies: a script in /usr/bin too.
constexpr bool own_python(Slice function, Slice file, Slice own_list) {
  if (file.empty()) return false;
  if (glob_list_match(own_list, file)) return true;
  return !symbols::python_standard(file) && !symbols::python_installed(file) &&
         !symbols::python_generated(function, file);
}

// Descriptors 0 to 2 are a program's standard streams, whoever opened them last (freopen, a daemon's dup2 of
// /dev/null): they are meant to stay open to the end, and nobody has to give them back.
constexpr bool standard_stream(int number) { return number >= 0 && number <= 2; }

}  // namespace lifeguard::judge
