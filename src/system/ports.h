// Addresses that are bound on this machine, and who holds them: listening TCP sockets, UDP sockets, unix sockets that
// listen, in this network namespace and in those of other processes; and what waits for its time to pass (TIME_WAIT).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lifeguard::system {

struct Holder {
  int pid = 0;
  int number = -1;  // the descriptor
};

struct Bound {
  enum class Kind { tcp, tcp6, udp, udp6, unix_stream };
  enum class State { listening, bound, time_wait };
  Kind kind = Kind::tcp;
  State state = State::listening;
  std::string address;  // "127.0.0.1:8080", "[::1]:53", "/run/x.sock", "@abstract"
  int port = 0;         // 0: unix
  uint64_t inode = 0;
  uint32_t user = 0;
  uint64_t network = 0;    // inode of its network namespace
  bool elsewhere = false;  // in another network namespace than this process
  std::vector<Holder> holders;
};
const char* kind_name(Bound::Kind kind);

struct Ports {
  std::vector<Bound> bound;
  bool all_seen = true;  // every process's descriptors could be looked at
};

// port 0: all of them.
Ports list_ports(int port);

// Whether that TCP port could be bound now by a server, that is with SO_REUSEADDR: nobody listens on it, in this
// network namespace, over any address.
bool tcp_port_is_free(int port);

}  // namespace lifeguard::system
