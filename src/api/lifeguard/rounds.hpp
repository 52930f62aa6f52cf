// What the listeners for test frameworks share: a test between its two ends, and the rounds in which all are repeated.
#ifndef LIFEGUARD_ROUNDS_HPP
#define LIFEGUARD_ROUNDS_HPP

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include "lifeguard.h"

namespace lifeguard {

struct Rounds {
  unsigned now = 1, all = 1;
};

inline Rounds &rounds() {
  static Rounds rounds = [] {
    Rounds asked;
    const char *text = std::getenv("LIFEGUARD_REPEAT");
    const long number = text ? std::strtol(text, nullptr, 10) : 1;
    if (number > 1 && number < 100000) asked.all = static_cast<unsigned>(number);
    return asked;
  }();
  return rounds;
}

class WatchedTest {
 public:
  void begin(const std::string &name) {
    std::string phase = name;
    if (rounds().all > 1)
      phase += " [" + std::to_string(rounds().now) + "/" + std::to_string(rounds().all) + "]";
    lifeguard_phase(phase.c_str());
    mark_ = lifeguard_mark();
  }

  // What the test left, in words; nothing where it is clean, or where a later round will tell. Other threads that are
  // about to give something back are given a moment.
  std::string end() {
    int count = lifeguard_leaks_since(mark_);
    for (int tries = 0; count > 0 && tries < 10; ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      count = lifeguard_leaks_since(mark_);
    }
    lifeguard_phase("");
    if (count <= 0 || rounds().now < rounds().all) return {};
    char text[4096] = "";
    lifeguard_describe_since(mark_, text, sizeof text);
    return "lifeguard: " + std::to_string(count) + " left by this test\n" + text;
  }

 private:
  uint64_t mark_ = 0;
};

}  // namespace lifeguard

#endif
