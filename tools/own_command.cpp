#include <sys/stat.h>

#include <cstdlib>

#include "src/options/slice.h"
#include "src/system/process.h"
#include "tools/command.h"

namespace lifeguard::tools {

std::string own_command() {
  struct stat self, found;
  const std::string path = system::read_link("/proc/self/exe");
  const char* folders = std::getenv("PATH");
  if (stat("/proc/self/exe", &self) != 0 || !folders) return path;
  for (Slice rest(folders); !rest.empty();) {
    const Slice folder = take_until(&rest, ':');
    const std::string candidate = std::string(folder.data, folder.size) + "/lifeguard";
    if (stat(candidate.c_str(), &found) == 0)
      return found.st_ino == self.st_ino && found.st_dev == self.st_dev ? "lifeguard" : path;
  }
  return path;
}

}  // namespace lifeguard::tools
