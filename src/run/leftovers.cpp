#include "src/run/leftovers.h"

#include <dirent.h>
#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>

#include "src/report/load.h"
#include "src/report/store.h"
#include "src/system/tree.h"

namespace lifeguard::run {
namespace {

using ledger::Kind;
using File = std::pair<dev_t, ino_t>;

// Every file that a process has open or mapped, as far as that may be seen; and the paths that sockets are bound to.
class Held {
 public:
  Held() {
    for (const system::Seen& seen : system::look_at_all()) {
      if (seen.state == 'Z') continue;
      look_at(seen.pid);
    }
    std::string line, field;
    std::ifstream sockets("/proc/net/unix");
    std::getline(sockets, line);
    while (std::getline(sockets, line)) {
      const size_t slash = line.find(" /");
      if (slash != std::string::npos) bound_.insert(line.substr(slash + 1));
    }
  }
  bool file(const std::string& path) const {
    struct stat status;
    return lstat(path.c_str(), &status) == 0 && files_.contains({status.st_dev, status.st_ino});
  }
  bool socket(const std::string& path) const { return bound_.contains(path); }

 private:
  void look_at(int pid) {
    const std::string folder = "/proc/" + std::to_string(pid);
    struct stat status;
    if (DIR* directory = opendir((folder + "/fd").c_str())) {
      while (const dirent* entry = readdir(directory))
        if (entry->d_name[0] != '.' && stat((folder + "/fd/" + entry->d_name).c_str(), &status) == 0)
          files_.insert({status.st_dev, status.st_ino});
      closedir(directory);
    }
    std::ifstream maps(folder + "/maps");
    std::string line, range, rights, offset, device;
    while (std::getline(maps, line)) {
      std::istringstream fields(line);
      ino_t inode = 0;
      unsigned major = 0, minor = 0;
      if (fields >> range >> rights >> offset >> device >> inode && inode &&
          std::sscanf(device.c_str(), "%x:%x", &major, &minor) == 2)
        files_.insert({makedev(major, minor), inode});
    }
  }
  std::set<File> files_;
  std::set<std::string> bound_;
};

// Without its inode a file is known by when it was made: within the moment that the ledger says, and so clocks are
// coarse, a little before or after it.
bool made_then(const report::Thing& thing) {
  constexpr int64_t second = 1'000'000'000, slack = 2 * second;
  struct statx status = {};
  if (!thing.born || statx(AT_FDCWD, thing.name.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BTIME, &status) != 0 ||
      !(status.stx_mask & STATX_BTIME))
    return false;
  const int64_t made = status.stx_btime.tv_sec * second + status.stx_btime.tv_nsec;
  return made > thing.born - slack && made < thing.born + slack;
}

std::string plain(const std::string& name) { return name.starts_with('/') ? name.substr(1) : name; }

std::string why_it_stays(const report::Thing& thing, const Held& held) {
  if (thing.flags & ledger::thing_system_v) {
    shmid_ds info = {};
    if (thing.kind == Kind::segment && shmctl(thing.number, IPC_STAT, &info) == 0 && info.shm_nattch)
      return "a process has it attached";
    return "";
  }
  switch (thing.kind) {
    case Kind::path:
      if (thing.inode == 0 && !made_then(thing)) return "which file it was is not known";
      if (thing.flags & ledger::thing_socket)
        return held.socket(thing.name) ? "a process has a socket bound to it" : "";
      return held.file(thing.name) ? "a process has it open" : "";
    case Kind::segment:
      return held.file("/dev/shm/" + plain(thing.name)) ? "a process has it open" : "";
    case Kind::semaphore:
      return held.file("/dev/shm/sem." + plain(thing.name)) ? "a process has it open" : "";
    default:
      return "";
  }
}

std::string name_for_people(const report::Thing& thing) {
  if (thing.flags & ledger::thing_system_v)
    return std::string("System V ") + ledger::kind_name(thing.kind) + ' ' + std::to_string(thing.number);
  return thing.kind == Kind::path ? thing.name : ledger::kind_name(thing.kind) + (' ' + thing.name);
}

}  // namespace

std::vector<Leftover> find_leftovers(const std::string& folder) {
  std::vector<Leftover> found;
  report::Report report;
  bool saved = false;
  std::string error;
  if (!report::open_run(folder, {}, &report, &saved, &error)) return found;
  report::finish_run(&report.run);
  for (report::Process& process : report.run.processes)
    for (report::Thing& thing : process.things)
      if (thing.there && (thing.kind == Kind::path || thing.kind == Kind::segment || thing.kind == Kind::semaphore ||
                          thing.kind == Kind::queue))
        found.push_back({thing, name_for_people(thing), ""});
  if (found.empty()) return found;
  const Held held;
  for (Leftover& one : found) one.why = why_it_stays(one.thing, held);
  return found;
}

bool remove_leftover(Leftover* one) {
  const report::Thing& thing = one->thing;
  int result = -1;
  if (thing.flags & ledger::thing_system_v) {
    if (thing.kind == Kind::segment) result = shmctl(thing.number, IPC_RMID, nullptr);
    if (thing.kind == Kind::semaphore) result = semctl(thing.number, 0, IPC_RMID);
    if (thing.kind == Kind::queue) result = msgctl(thing.number, IPC_RMID, nullptr);
  } else if (thing.kind == Kind::path) {
    // Asked again just before: the name may stand for another file by now.
    struct stat status;
    if (lstat(thing.name.c_str(), &status) != 0) return true;
    if (thing.inode == 0 ? !made_then(thing)
                         : status.st_ino != thing.inode || (thing.device && status.st_dev != thing.device)) {
      one->why = "it is another file by now";
      return false;
    }
    result = S_ISDIR(status.st_mode) ? rmdir(thing.name.c_str()) : ::unlink(thing.name.c_str());
  } else if (thing.kind == Kind::segment) {
    result = shm_unlink(thing.name.c_str());
  } else if (thing.kind == Kind::semaphore) {
    result = sem_unlink(thing.name.c_str());
  } else if (thing.kind == Kind::queue) {
    result = mq_unlink(thing.name.c_str());
  }
  if (result == 0) return true;
  one->why = std::strerror(errno);
  return false;
}

std::vector<std::string> remove_leftovers(const std::string& folder) {
  std::vector<std::string> removed;
  for (Leftover& one : find_leftovers(folder))
    if (one.why.empty() && remove_leftover(&one)) removed.push_back(one.name);
  return removed;
}

}  // namespace lifeguard::run
