#include "src/symbols/python.h"

#include <algorithm>
#include <string_view>

#include "src/symbols/python_paths.h"

namespace lifeguard::symbols {
namespace {

// What of a library's file follows the folder that modules are looked for in; of any other file, its last part.
std::string_view below_root(std::string_view file) {
  for (std::string_view root : {"/site-packages/", "/dist-packages/"})
    if (const size_t at = file.rfind(root); at != std::string_view::npos) return file.substr(at + root.size());
  if (python_standard({file.data(), file.size()}))
    if (const size_t at = file.rfind("/python3"); at != std::string_view::npos)
      return file.substr(file.find('/', at + 1) + 1);
  return file.substr(file.rfind('/') + 1);
}

}  // namespace

std::string python_module(const std::string& file) {
  std::string_view rest = file;
  if (rest.starts_with('<')) {
    if (rest.starts_with("<frozen ") && rest.ends_with('>')) return std::string(rest.substr(8, rest.size() - 9));
    return file;
  }
  const std::string_view package = "/__init__.py";
  if (rest.ends_with(package)) {
    rest.remove_suffix(package.size());
  } else if (const size_t dot = rest.rfind('.'); dot != std::string_view::npos && rest.find('/', dot) == rest.npos) {
    rest.remove_suffix(rest.size() - dot);
  }
  std::string name(below_root(rest));
  std::replace(name.begin(), name.end(), '/', '.');
  return name;
}

report::Frame python_frame(const report::PythonCode& code, int line, const std::string& folder) {
  report::Frame frame;
  frame.language = "python";
  frame.function = code.function;
  frame.file = code.file;
  frame.line = line;
  frame.module = python_module(code.file);
  const bool relative = !code.file.empty() && code.file[0] != '/' && code.file[0] != '<';
  if (relative && !folder.empty()) frame.file = folder + '/' + code.file;
  return frame;
}

}  // namespace lifeguard::symbols
