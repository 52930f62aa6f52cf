// The words that people and scripts see for the numbers in the ledger. One row each; nothing else names a kind.
#pragma once

#include "src/ledger/layout.h"

namespace lifeguard::ledger {

constexpr const char* kind_name(Kind kind) {
  switch (kind) {
    case Kind::none:
      break;
    case Kind::file:
      return "file";
    case Kind::directory:
      return "directory";
    case Kind::socket:
      return "socket";
    case Kind::listener:
      return "listener";
    case Kind::pipe:
      return "pipe";
    case Kind::event:
      return "event";
    case Kind::memfd:
      return "memfd";
    case Kind::pty:
      return "pty";
    case Kind::queue:
      return "queue";
    case Kind::process:
      return "process";
    case Kind::thread:
      return "thread";
    case Kind::path:
      return "path";
    case Kind::segment:
      return "segment";
    case Kind::semaphore:
      return "semaphore";
    case Kind::timer:
      return "timer";
    case Kind::own:
      return "resource";
    case Kind::module:
      return "module";
    case Kind::descriptor:
      return "descriptor";
  }
  return "unknown";
}

constexpr const char* state_name(State state) {
  switch (state) {
    case State::empty:
      break;
    case State::opening:
      return "opening";
    case State::live:
      return "live";
    case State::closing:
      return "closing";
    case State::closed:
      return "closed";
    case State::inherited:
      return "inherited";
    case State::unseen:
      return "unseen";
  }
  return "empty";
}

}  // namespace lifeguard::ledger
