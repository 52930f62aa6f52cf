#include "src/system/names.h"

#include <fcntl.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

namespace lifeguard::system {
namespace {

constexpr int64_t second = 1'000'000'000;
constexpr int64_t slack = 2 * second;  // a birth is noted after the call, and clocks are coarse

// What was made later than that is another one.
bool later(const Made& made, int64_t moment) { return made.born && moment > made.born + slack; }

bool same_file(const Made& made, const std::string& path) {
  struct statx status = {};
  if (statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &status) != 0)
    return errno != ENOENT && errno != ENOTDIR && errno != ELOOP && errno != ENAMETOOLONG;
  if (made.inode && (made.inode != status.stx_ino ||
                     (made.device && made.device != makedev(status.stx_dev_major, status.stx_dev_minor))))
    return false;
  if (made.kind == ledger::Kind::path) {
    if ((made.flags & ledger::thing_socket) && !S_ISSOCK(status.stx_mode)) return false;
    if ((made.flags & ledger::thing_directory) && !S_ISDIR(status.stx_mode)) return false;
  }
  if (!(status.stx_mask & STATX_BTIME)) return true;
  const int64_t born = status.stx_btime.tv_sec * second + status.stx_btime.tv_nsec;
  return made.file_born ? born == made.file_born : !later(made, born);
}

bool queue_there(const Made& made) {
  const mqd_t queue = mq_open(made.name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (queue == static_cast<mqd_t>(-1)) return errno == EACCES;
  mq_close(queue);
  return true;
}

bool id_there(const Made& made) {
  long result = -1;
  bool other = false;
  if (made.kind == ledger::Kind::segment) {
    shmid_ds info = {};
    result = shmctl(made.id, IPC_STAT, &info);
    other = result >= 0 && later(made, info.shm_ctime * second) && later(made, info.shm_atime * second);
  } else if (made.kind == ledger::Kind::semaphore) {
    semid_ds info = {};
    union {
      semid_ds* info;
      unsigned short* values;
    } argument = {&info};
    result = semctl(made.id, 0, IPC_STAT, argument);
  } else {
    msqid_ds info = {};
    result = msgctl(made.id, IPC_STAT, &info);
  }
  return result >= 0 ? !other : errno == EACCES;
}

}  // namespace

bool still_there(const Made& made) {
  if (made.flags & ledger::thing_system_v) return id_there(made);
  const std::string plain = made.name.starts_with('/') ? made.name.substr(1) : made.name;
  if (plain.empty()) return false;
  switch (made.kind) {
    case ledger::Kind::path:
      return same_file(made, made.name);
    case ledger::Kind::segment:
      return same_file(made, "/dev/shm/" + plain);
    case ledger::Kind::semaphore:
      return same_file(made, "/dev/shm/sem." + plain);
    case ledger::Kind::queue:
      return queue_there(made);
    default:
      return false;
  }
}

}  // namespace lifeguard::system
