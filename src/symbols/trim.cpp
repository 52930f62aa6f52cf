#include "src/symbols/trim.h"

#include <algorithm>
#include <string_view>

#include "src/symbols/python.h"
#include "src/symbols/python_paths.h"

namespace lifeguard::symbols {
namespace {

using report::Frame;

std::string_view last_part(const std::string& path) {
  const size_t slash = path.rfind('/');
  return std::string_view(path).substr(slash == std::string::npos ? 0 : slash + 1);
}

bool ours(const Frame& frame) { return last_part(frame.module).starts_with("liblifeguard.so"); }

bool libc(const Frame& frame) {
  const std::string_view name = last_part(frame.module);
  for (std::string_view part : {"libc.so.", "libc-2.", "ld-linux", "ld-2.", "libpthread.so.", "libpthread-2."})
    if (name.starts_with(part)) return true;
  return false;
}

// The wrappers that fortified programs get compiled in: open() of <bits/fcntl2.h> around __open_2() and the like.
bool libc_inline(const Frame& frame) {
  const std::string_view file = frame.file;
  if (!frame.inlined || !file.starts_with("/usr/include/")) return false;
  const size_t bits = file.find("/bits/");
  return bits != std::string_view::npos && file.find("c++") == std::string_view::npos;
}

// Python's standard library stands between its caller and the system as libc does: open, socket, subprocess, tempfile.
bool python_wrapper(const Frame& frame) {
  const std::string& place = python(frame) ? frame.file : frame.module;
  return python_standard({place.data(), place.size()}) ||
         (python(frame) &&
          python_generated({frame.function.data(), frame.function.size()}, {place.data(), place.size()}));
}

bool wrapper(const Frame& frame) { return libc(frame) || libc_inline(frame) || python_wrapper(frame); }

// How Python comes to run a script, a module or a thread.
bool python_entry(const Frame& frame) {
  if (!python(frame) || !python_wrapper(frame)) return false;
  for (std::string_view module : {"threading", "runpy", "concurrent.futures.thread", "multiprocessing.process",
                                  "multiprocessing.popen_fork", "multiprocessing.spawn"})
    if (frame.module == module) return true;
  return frame.file.starts_with('<');
}

// The program's _start, which calls libc's way into main: by its name, or by whom it calls where its file is gone.
bool entry(const std::vector<Frame>& stack) {
  if (stack.back().function == "_start") return true;
  if (!stack.back().function.empty() || stack.size() < 2) return false;
  const Frame& called = stack[stack.size() - 2];
  return libc(called) && called.function.starts_with("__libc_start_main");
}

}  // namespace

void trim(report::Stack* stack) {
  std::erase_if(*stack, ours);
  // Extension modules of Python's own library are its interpreter in all but the file they lie in.
  if (std::any_of(stack->begin(), stack->end(), python))
    std::erase_if(*stack, [](const Frame& frame) { return !python(frame) && python_wrapper(frame); });
  // A stack of libc alone (a thread of its resolver, say) is better shown whole than not at all.
  if (std::all_of(stack->begin(), stack->end(), libc)) return;
  while (!stack->empty() && (libc(stack->back()) || entry(*stack))) stack->pop_back();
  // The same holds of Python's own library: a server's threads, where no code of the program is on the stack.
  const bool python_alone = std::all_of(stack->begin(), stack->end(), wrapper);
  stack->erase(stack->begin(), std::find_if_not(stack->begin(), stack->end(), python_alone ? libc : wrapper));
  while (!stack->empty() && !python_alone && python_entry(stack->back())) stack->pop_back();
}

}  // namespace lifeguard::symbols
