// What names a finding from build to build and run to run: 16 hex digits of the kind and the functions of own code that
// led to it, in a test those inside of it. Addresses, lines, pids and paths change with every build and machine, so
// they have no part in it.
#pragma once

#include <string>

#include "src/report/model.h"

namespace lifeguard::judge {

struct Fingerprint {
  std::string digits;
  bool unstable = false;  // no names were known: it is of build-id and offsets, and holds for this very build only
};

Fingerprint fingerprint(const std::string& kind, const report::Stack& site);

// A function's name with its scopes, and nothing else: no parameters, result, template arguments or suffixes of the
// compiler's clones; a lambda is "(lambda)" whoever compiled it.
std::string stable_name(const std::string& function);

}  // namespace lifeguard::judge
