#include "src/run/cgroup.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace lifeguard::run {
namespace {

constexpr const char* prefix = "/lifeguard-";

// Where the unified hierarchy is mounted, and where in it this process is.
std::string own_folder() {
  std::string within, line;
  for (std::ifstream file("/proc/self/cgroup"); std::getline(file, line);)
    if (line.starts_with("0::/")) within = line.substr(3);
  if (within.empty() || within.starts_with("/..")) return "";
  for (const char* place : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    struct statfs fs;
    if (statfs(place, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC) return place + (within == "/" ? "" : within);
  }
  return "";
}

}  // namespace

int make_cgroup(int pid, uint64_t start, std::string* folder) {
  folder->clear();
  const std::string here = own_folder();
  if (here.empty()) return -1;
  const std::string path = here + prefix + std::to_string(pid) + '-' + std::to_string(start);
  if (mkdir(path.c_str(), 0755) != 0) return -1;
  const int file = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0)
    rmdir(path.c_str());
  else
    *folder = path;
  return file;
}

std::vector<int> members_of_cgroup(const std::string& folder) {
  std::vector<int> members;
  std::ifstream file(folder + "/cgroup.procs");
  for (int pid; file >> pid;) members.push_back(pid);
  return members;
}

void leave_cgroup(const std::string& folder) {
  if (rmdir(folder.c_str()) == 0) return;
  const std::string above = folder.substr(0, folder.rfind('/')) + "/cgroup.procs";
  for (int tries = 0; tries < 3; ++tries) {
    for (const int pid : members_of_cgroup(folder)) std::ofstream(above) << pid << std::flush;
    if (rmdir(folder.c_str()) == 0) return;
  }
}

bool is_cgroup_of_run(const std::string& folder) {
  struct statfs fs;
  return folder.starts_with("/sys/fs/cgroup/") && folder.find("/..") == std::string::npos &&
         folder.find(prefix, folder.rfind('/')) != std::string::npos && statfs(folder.c_str(), &fs) == 0 &&
         fs.f_type == CGROUP2_SUPER_MAGIC;
}

}  // namespace lifeguard::run
