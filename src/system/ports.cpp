#include "src/system/ports.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>

#include "src/system/process.h"

namespace lifeguard::system {
namespace {

constexpr int tcp_listen = 10, tcp_time_wait = 6;

std::string proc(int pid, const char* name) { return "/proc/" + std::to_string(pid) + '/' + name; }

// As the kernel prints it: words of four bytes in the machine's order.
std::string address_text(const std::string& hex, unsigned port) {
  char text[INET6_ADDRSTRLEN] = {};
  uint32_t words[4] = {};
  for (size_t i = 0; i < 4 && 8 * i + 8 <= hex.size(); ++i)
    std::from_chars(hex.data() + 8 * i, hex.data() + 8 * i + 8, words[i], 16);
  const bool v6 = hex.size() > 8;
  inet_ntop(v6 ? AF_INET6 : AF_INET, words, text, sizeof text);
  return (v6 ? '[' + std::string(text) + ']' : std::string(text)) + ':' + std::to_string(port);
}

void read_internet(const std::string& path, Bound::Kind kind, int wanted, uint64_t network, std::vector<Bound>* into) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  const bool tcp = kind == Bound::Kind::tcp || kind == Bound::Kind::tcp6;
  while (std::getline(file, line)) {
    char local[64] = {}, remote[64] = {};
    unsigned port = 0, state = 0, user = 0;
    unsigned long long inode = 0;
    if (std::sscanf(line.c_str(), " %*u: %63[0-9A-Fa-f]:%X %63[0-9A-Fa-f:] %X %*s %*s %*s %u %*u %llu", local, &port,
                    remote, &state, &user, &inode) != 6)
      continue;
    if ((wanted && static_cast<int>(port) != wanted) || port == 0) continue;
    Bound one;
    if (tcp && state == tcp_time_wait)
      one.state = Bound::State::time_wait;
    else if (tcp && state != tcp_listen)
      continue;
    else
      one.state = tcp ? Bound::State::listening : Bound::State::bound;
    one.kind = kind;
    one.address = address_text(local, port);
    one.port = static_cast<int>(port);
    one.inode = inode;
    one.user = user;
    one.network = network;
    into->push_back(std::move(one));
  }
}

void read_unix(const std::string& path, uint64_t network, std::vector<Bound>* into) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    unsigned flags = 0;
    unsigned long long inode = 0;
    int name_at = 0;
    if (std::sscanf(line.c_str(), "%*x: %*x %*x %x %*x %*x %llu %n", &flags, &inode, &name_at) < 2 || name_at <= 0)
      continue;
    constexpr unsigned accepts = 1u << 16;
    if (!(flags & accepts) || static_cast<size_t>(name_at) >= line.size()) continue;
    Bound one;
    one.kind = Bound::Kind::unix_stream;
    one.address = line.substr(static_cast<size_t>(name_at));
    one.inode = inode;
    one.network = network;
    into->push_back(std::move(one));
  }
}

void read_namespace(const std::string& net, int wanted, uint64_t network, std::vector<Bound>* into) {
  read_internet(net + "/tcp", Bound::Kind::tcp, wanted, network, into);
  read_internet(net + "/tcp6", Bound::Kind::tcp6, wanted, network, into);
  read_internet(net + "/udp", Bound::Kind::udp, wanted, network, into);
  read_internet(net + "/udp6", Bound::Kind::udp6, wanted, network, into);
  if (!wanted) read_unix(net + "/unix", network, into);
}

uint64_t inode_of(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

std::vector<int> all_pids() {
  std::vector<int> pids;
  DIR* directory = opendir("/proc");
  if (!directory) return pids;
  while (const dirent* entry = readdir(directory)) {
    const std::string_view name = entry->d_name;
    int pid = 0;
    const auto [end, wrong] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (wrong == std::errc() && *end == 0) pids.push_back(pid);
  }
  closedir(directory);
  return pids;
}

}  // namespace

const char* kind_name(Bound::Kind kind) {
  constexpr const char* names[] = {"tcp", "tcp6", "udp", "udp6", "unix"};
  return names[static_cast<size_t>(kind)];
}

Ports list_ports(int port) {
  Ports ports;
  const uint64_t here = inode_of("/proc/self/ns/net");
  read_namespace("/proc/self/net", port, here, &ports.bound);
  const std::vector<int> pids = all_pids();
  std::set<uint64_t> known{here};
  for (const int pid : pids) {
    const uint64_t network = inode_of(proc(pid, "ns/net"));
    if (network && known.insert(network).second) read_namespace(proc(pid, "net"), port, network, &ports.bound);
  }
  std::unordered_map<uint64_t, std::vector<size_t>> wanted;
  for (size_t i = 0; i < ports.bound.size(); ++i) {
    Bound& one = ports.bound[i];
    one.elsewhere = one.network != here;
    if (one.inode) wanted[one.inode].push_back(i);
  }
  if (wanted.empty()) return ports;
  for (const int pid : pids) {
    const std::string folder = proc(pid, "fd/");
    DIR* directory = opendir(folder.c_str());
    if (!directory) {
      if (errno == EACCES) ports.all_seen = false;
      continue;
    }
    while (const dirent* entry = readdir(directory)) {
      char target[64];
      const ssize_t n = readlinkat(dirfd(directory), entry->d_name, target, sizeof target - 1);
      constexpr std::string_view prefix = "socket:[";
      if (n <= static_cast<ssize_t>(prefix.size()) || std::memcmp(target, prefix.data(), prefix.size()) != 0) continue;
      uint64_t inode = 0;
      std::from_chars(target + prefix.size(), target + n, inode);
      const auto found = wanted.find(inode);
      if (found == wanted.end()) continue;
      for (const size_t i : found->second) ports.bound[i].holders.push_back({pid, std::atoi(entry->d_name)});
    }
    closedir(directory);
  }
  return ports;
}

bool tcp_port_is_free(int port) {
  std::vector<Bound> bound;
  for (const auto& [name, kind] : {std::pair("tcp", Bound::Kind::tcp), std::pair("tcp6", Bound::Kind::tcp6)})
    read_internet(std::string("/proc/self/net/") + name, kind, port, 0, &bound);
  for (const Bound& one : bound)
    if (one.state == Bound::State::listening) return false;
  // A socket that is bound and does not listen stands in no table: only the kernel's own answer counts.
  for (const int family : {AF_INET, AF_INET6}) {
    const int probe = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0) continue;
    const int on = 1;
    setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (family == AF_INET6) setsockopt(probe, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    sockaddr_in6 address6 = {};
    address6.sin6_family = AF_INET6;
    address6.sin6_port = htons(static_cast<uint16_t>(port));
    sockaddr_in address4 = {};
    address4.sin_family = AF_INET;
    address4.sin_port = htons(static_cast<uint16_t>(port));
    const int bound_now = family == AF_INET ? bind(probe, reinterpret_cast<sockaddr*>(&address4), sizeof address4)
                                            : bind(probe, reinterpret_cast<sockaddr*>(&address6), sizeof address6);
    const bool in_use = bound_now != 0 && errno == EADDRINUSE;
    close(probe);
    if (in_use) return false;
  }
  return true;
}

}  // namespace lifeguard::system
