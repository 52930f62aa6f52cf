#include "src/judge/own_code.h"

#include <string_view>

#include "src/judge/own.h"
#include "src/symbols/python.h"

namespace lifeguard::judge {
namespace {

Slice slice(const std::string& text) { return {text.data(), text.size()}; }

bool system_source(const std::string& file) {
  for (std::string_view place : {"/usr/include/", "/usr/lib/", "/usr/local/go/src/", "/rustc/"})
    if (std::string_view(file).starts_with(place)) return true;
  return false;
}

}  // namespace

void mark_own(report::Stack* stack, const std::string& run_exe, const std::string& own_list) {
  for (report::Frame& frame : *stack) {
    if (symbols::python(frame)) {
      frame.own = own_python(slice(frame.function), slice(frame.file), slice(own_list));
      continue;
    }
    const bool named = !frame.file.empty() && glob_list_match(slice(own_list), slice(frame.file));
    frame.own =
        named || (own_module(slice(frame.module), slice(run_exe), slice(own_list)) && !system_source(frame.file));
  }
}

const report::Frame* first_own(const report::Stack& stack) {
  for (const report::Frame& frame : stack)
    if (frame.own) return &frame;
  return nullptr;
}

}  // namespace lifeguard::judge
