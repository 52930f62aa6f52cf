#include "src/system/signalling.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>

namespace lifeguard::system {
namespace {

class PidDescriptor {
 public:
  explicit PidDescriptor(int pid) : descriptor_(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))) {}
  ~PidDescriptor() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  PidDescriptor(const PidDescriptor&) = delete;
  PidDescriptor& operator=(const PidDescriptor&) = delete;
  bool open() const { return descriptor_ >= 0; }
  bool send(int signal) const { return syscall(SYS_pidfd_send_signal, descriptor_, signal, nullptr, 0) == 0; }

 private:
  int descriptor_;
};

}  // namespace

bool users_of(int pid, uint32_t* real, uint32_t* effective) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("Uid:")) return std::sscanf(line.c_str() + 4, "%u %u", real, effective) == 2;
  return false;
}

Sent send_signal(int pid, const Identity& who, std::optional<uint32_t> owner, int signal) {
  if (pid < 2 || pid == getpid() || who.start == 0) return Sent::refused;
  const PidDescriptor process(pid);
  if (!process.open()) return errno == ESRCH || errno == EINVAL ? Sent::gone : Sent::refused;
  // From here on the descriptor stands for one process, whatever becomes of the number.
  if (find_alive(who) != pid) return Sent::gone;
  uint32_t real = 0, effective = 0;
  if (owner && (!users_of(pid, &real, &effective) || (real != *owner && effective != *owner))) return Sent::foreign;
  if (process.send(signal)) return Sent::sent;
  return errno == ESRCH ? Sent::gone : Sent::refused;
}

Sent send_signal(int pid, uint64_t start, int signal) {
  Identity who;
  who.pid = pid;
  who.start = start;
  return send_signal(pid, who, std::nullopt, signal);
}

}  // namespace lifeguard::system
