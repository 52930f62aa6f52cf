#include "src/run/keeper_name.h"

#include <sys/prctl.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

namespace lifeguard::run {

void name_keeper(int of) {
  prctl(PR_SET_NAME, "lg-keeper");
  // The arguments stand where the kernel put them; /proc/PID/stat says where (fields 48 and 49).
  std::ifstream file("/proc/self/stat");
  std::string line, skipped;
  if (!std::getline(file, line)) return;
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  for (int field = 3; field < 48; ++field) fields >> skipped;
  unsigned long begin = 0, end = 0;
  if (!(fields >> begin >> end) || begin == 0 || end <= begin) return;
  auto* arguments = reinterpret_cast<char*>(begin);  // NOLINT: an address from the kernel
  const size_t room = end - begin;
  char name[32];
  std::snprintf(name, sizeof name, "lg-keeper %d", of);
  std::memset(arguments, 0, room);
  std::memcpy(arguments, name, std::min(std::strlen(name), room - 1));
}

}  // namespace lifeguard::run
