// What a running process holds open, as /proc/PID/fd tells it.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "src/ledger/layout.h"

namespace lifeguard::system {

// Number and what the link says: a path, "socket:[123]", "anon_inode:[eventpoll]", "/tmp/x (deleted)" ...
using Descriptors = std::map<int, std::string>;

// False: the process has ended, or may not be looked at (error says which).
bool list_descriptors(int pid, Descriptors* open, std::string* error);

// As well as the link allows to tell; a listener is a socket here.
ledger::Kind kind_of(int pid, int number, const std::string& target);

// Whether a descriptor recorded as of that kind can be what the link shows now: if not, its number has been used again
// where nobody saw it.
bool may_be(ledger::Kind recorded, const std::string& target);

// The size of an open file that has no name any more; 0 where it still has one.
uint64_t deleted_bytes(int pid, int number);

}  // namespace lifeguard::system
