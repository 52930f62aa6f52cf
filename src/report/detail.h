// A descriptor's detail as people read it: the ledger holds what the program handed to the system (paths, socket
// addresses as bytes), and here it becomes words.
#pragma once

#include <string>
#include <string_view>

#include "src/ledger/layout.h"

namespace lifeguard::report {

// "127.0.0.1:8080", "[::1]:53", "unix:/run/x.sock", "unix:@abstract" ...
std::string address_text(std::string_view sockaddr_bytes);

// pieces: as in Slot::detail.
std::string detail_text(std::string_view pieces, uint16_t flags);

}  // namespace lifeguard::report
