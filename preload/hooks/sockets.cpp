// Sockets: where they come from, what they turn into, to whom they lead, and the descriptors that arrive through them.
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "preload/hook.h"
#include "preload/hooks/words.h"
#include "preload/things.h"
#include "preload/tracker.h"

namespace lifeguard {
namespace {

uint16_t cloexec(int type) { return cloexec_if(type & SOCK_CLOEXEC); }

// A unix socket that is bound leaves a name in the file system.
void made_name(const sockaddr* address, socklen_t size, Caller caller) {
  if (address->sa_family != AF_UNIX || size <= offsetof(sockaddr_un, sun_path) || size > sizeof(sockaddr_un)) return;
  char path[sizeof(sockaddr_un) + 1] = {};
  size_t length = size - offsetof(sockaddr_un, sun_path);
  __builtin_memcpy(path, reinterpret_cast<const sockaddr_un*>(address)->sun_path, length);
  if (path[0]) took_path(path, ledger::thing_socket, caller);
}

// Descriptors sent along with a message become ours; what they are is asked at report time.
void received(int from, const msghdr* message, int flags, Caller caller) {
  uint16_t slot_flags = cloexec_if(flags & MSG_CMSG_CLOEXEC);
  (void)from;
  for (cmsghdr* part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(const_cast<msghdr*>(message), part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    auto* fds = reinterpret_cast<const int*>(CMSG_DATA(part));
    size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd;
      __builtin_memcpy(&fd, fds + i, sizeof fd);
      acquired(Kind::descriptor, fd, Detail::text("received", slot_flags), caller);
    }
  }
}

}  // namespace

HOOK(int, socket, (int domain, int type, int protocol)) {
  return acquired(Kind::socket, REAL(socket)(domain, type, protocol),
                  Detail::text(socket_word(domain, type), cloexec(type)));
}

HOOK(int, socketpair, (int domain, int type, int protocol, int ends[2])) {
  int result = REAL(socketpair)(domain, type, protocol, ends);
  if (result == 0) {
    Detail detail = Detail::text("socketpair", cloexec(type));
    acquired_pair(Kind::socket, ends, detail, detail);
    return result;
  }
  return not_acquired(result);
}

#define ACCEPT(name, parameters, arguments, flags)                                                     \
  HOOK(int, name, parameters) {                                                                        \
    socklen_t room = address && size ? *size : 0;                                                      \
    int fd = REAL(name) arguments;                                                                     \
    if (fd < 0) return not_acquired(fd);                                                               \
    Detail detail = Detail::text("accepted", cloexec(flags));                                          \
    if (room && *size)                                                                                 \
      detail = Detail::address(DetailTag::peer, address, *size < room ? *size : room, cloexec(flags)); \
    return accepted(listener, fd, detail);                                                             \
  }
ACCEPT(accept, (int listener, sockaddr* __restrict address, socklen_t* __restrict size), (listener, address, size), 0)
ACCEPT(accept4, (int listener, sockaddr* __restrict address, socklen_t* __restrict size, int flags),
       (listener, address, size, flags), flags)

HOOK(int, bind, (int fd, const sockaddr* address, socklen_t size)) {
  int result = REAL(bind)(fd, address, size);
  if (result == 0) {
    bound(fd, Detail::address(DetailTag::local, address, size));
    made_name(address, size, Caller::here());
  } else {
    refused(fd, Detail::address(DetailTag::local, address, size));
  }
  return result;
}

// A connection that is only under way (EINPROGRESS) leads there as well.
#define CONNECT(declare, name)                                                                   \
  declare(int, name, (int fd, const sockaddr* address, socklen_t size)) {                        \
    int result = REAL(name)(fd, address, size);                                                  \
    if (result == 0 || in_progress()) told(fd, Detail::address(DetailTag::peer, address, size)); \
    return result;                                                                               \
  }
CONNECT(HOOK, connect)
CONNECT(HOOK_UNDECLARED, __connect)

HOOK(int, listen, (int fd, int backlog)) {
  int result = REAL(listen)(fd, backlog);
  if (result == 0) became(fd, Kind::listener);
  return result;
}

HOOK(ssize_t, recvmsg, (int fd, msghdr* message, int flags)) {
  ssize_t result = REAL(recvmsg)(fd, message, flags);
  if (result >= 0 && message->msg_control && message->msg_controllen) received(fd, message, flags, Caller::here());
  return result;
}

HOOK(int, recvmmsg, (int fd, mmsghdr* messages, unsigned int count, int flags, timespec* timeout)) {
  int result = REAL(recvmmsg)(fd, messages, count, flags, timeout);
  for (int i = 0; i < result; ++i)
    if (messages[i].msg_hdr.msg_control && messages[i].msg_hdr.msg_controllen)
      received(fd, &messages[i].msg_hdr, flags, Caller::here());
  return result;
}

}  // namespace lifeguard
