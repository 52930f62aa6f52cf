#include "src/render/excerpt.h"

#include <sys/stat.h>

#include <fstream>

#include "src/render/escape.h"

namespace lifeguard::render {

std::string excerpt(const report::Frame& frame) {
  constexpr off_t largest = 16 << 20;
  struct stat status;
  // The name comes from debug information, that is from anywhere: no device, no FIFO, nothing huge.
  if (frame.line <= 0 || frame.file.empty() || frame.file[0] != '/' || stat(frame.file.c_str(), &status) != 0 ||
      !S_ISREG(status.st_mode) || status.st_size > largest)
    return {};
  std::ifstream file(frame.file);
  std::string line;
  for (int number = 0; number < frame.line; ++number)
    if (!std::getline(file, line)) return {};
  const size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string::npos) return {};
  return cut(visible(line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin)), 160);
}

}  // namespace lifeguard::render
