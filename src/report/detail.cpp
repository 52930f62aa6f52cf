#include "src/report/detail.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "src/ledger/reader.h"

namespace lifeguard::report {
namespace {

template <typename Address>
bool copy_address(std::string_view bytes, Address* address) {
  if (bytes.size() < sizeof *address) return false;
  std::memcpy(address, bytes.data(), sizeof *address);
  return true;
}

std::string unix_text(std::string_view bytes) {
  std::string_view path = bytes.substr(offsetof(sockaddr_un, sun_path));
  if (path.empty()) return "unix:(unnamed)";
  if (path[0] == 0) return "unix:@" + std::string(path.substr(1));
  return "unix:" + std::string(path.substr(0, path.find('\0')));
}

}  // namespace

std::string address_text(std::string_view bytes) {
  sa_family_t family;
  if (bytes.size() < sizeof family) return {};
  std::memcpy(&family, bytes.data(), sizeof family);
  char text[INET6_ADDRSTRLEN];
  sockaddr_in v4;
  if (family == AF_INET && copy_address(bytes, &v4) && inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text))
    return std::string(text) + ':' + std::to_string(ntohs(v4.sin_port));
  sockaddr_in6 v6;
  // An old caller's sockaddr_in6 ends before the scope.
  if (family == AF_INET6 && bytes.size() >= offsetof(sockaddr_in6, sin6_scope_id)) {
    std::memset(&v6, 0, sizeof v6);
    std::memcpy(&v6, bytes.data(), bytes.size() < sizeof v6 ? bytes.size() : sizeof v6);
    if (inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text))
      return '[' + std::string(text) + (v6.sin6_scope_id ? '%' + std::to_string(v6.sin6_scope_id) : "") +
             "]:" + std::to_string(ntohs(v6.sin6_port));
  }
  if (family == AF_UNIX) return unix_text(bytes);
  sockaddr_nl netlink;
  if (family == AF_NETLINK && copy_address(bytes, &netlink)) return "netlink:" + std::to_string(netlink.nl_pid);
  sockaddr_vm vsock;
  if (family == AF_VSOCK && copy_address(bytes, &vsock))
    return "vsock:" + std::to_string(vsock.svm_cid) + ':' + std::to_string(vsock.svm_port);
  return "address of family " + std::to_string(family);
}

std::string detail_text(std::string_view pieces, uint16_t flags) {
  std::string path, text, local, peer;
  ledger::DetailPieces rest{pieces};
  ledger::DetailTag tag;
  std::string_view bytes;
  while (rest.next(&tag, &bytes)) {
    switch (tag) {
      case ledger::DetailTag::path:
        path = bytes;
        break;
      case ledger::DetailTag::text:
        text = text.empty() ? std::string(bytes) : text + ", " + std::string(bytes);
        break;
      case ledger::DetailTag::local:
        local = address_text(bytes);
        break;
      case ledger::DetailTag::peer:
        peer = address_text(bytes);
        break;
      case ledger::DetailTag::long_path:  // its Text has been read by whoever has the ledger
      case ledger::DetailTag::end:
        break;
    }
  }
  if (!path.empty() && (flags & ledger::slot_cut)) path = "..." + path;
  // What the address tells by itself.
  if (!(local.empty() && peer.empty()) && (text == "tcp" || text == "tcp6" || text == "unix")) text.clear();

  std::string line;
  auto add = [&line](const std::string& piece) {
    if (piece.empty()) return;
    if (!line.empty()) line += ' ';
    line += piece;
  };
  add(path);
  add(path.empty() || text.empty() ? text : '(' + text + ')');
  add(local);
  if (!peer.empty()) add((text == "accepted" ? "from " : "to ") + peer);
  if (flags & ledger::slot_deleted) add("(deleted)");
  return line;
}

}  // namespace lifeguard::report
