// A listener for Catch2 (v2 and v3) that fails a test by name when it leaks: include this in one file of the test
// program. Each run of a test case (each path through its sections) is held to give back what it takes.
//
// LIFEGUARD_REPEAT=N (`lifeguard check --repeat-to-settle N`) runs everything N times, and then only what the last round
// leaks fails, so that what is made once on first use does not. That needs a main of ours: write
// LIFEGUARD_CATCH_MAIN below the include of this file, and with v2 define CATCH_CONFIG_RUNNER in place of
// CATCH_CONFIG_MAIN, with v3 link Catch2 without its main.
#ifndef LIFEGUARD_CATCH2_HPP
#define LIFEGUARD_CATCH2_HPP

// A Catch2 that was included before is the one; else v3 where both are there.
#if defined(TWOBLUECUBES_SINGLE_INCLUDE_CATCH_HPP_INCLUDED)
#define LIFEGUARD_CATCH_V2
#ifndef CATCH_CONFIG_EXTERNAL_INTERFACES
#error "lifeguard/catch2.hpp: define CATCH_CONFIG_EXTERNAL_INTERFACES before catch.hpp is included"
#endif
#elif __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#define LIFEGUARD_CATCH_V2
#ifndef CATCH_CONFIG_EXTERNAL_INTERFACES
#define CATCH_CONFIG_EXTERNAL_INTERFACES
#endif
#include <catch2/catch.hpp>
#endif

#include <string>

#include "lifeguard/rounds.hpp"

namespace lifeguard {

#ifdef LIFEGUARD_CATCH_V2
using CatchListenerBase = Catch::TestEventListenerBase;
#else
using CatchListenerBase = Catch::EventListenerBase;
#endif

class CatchListener : public CatchListenerBase {
 public:
  using CatchListenerBase::CatchListenerBase;

  void testCaseStarting(const Catch::TestCaseInfo &test) override {
    CatchListenerBase::testCaseStarting(test);
    name_ = test.name;
  }
  void sectionStarting(const Catch::SectionInfo &section) override {
    CatchListenerBase::sectionStarting(section);
    if (depth_++ == 0) test_.begin(name_);
  }
  // The outermost section is the test case itself; what is said here still counts for it.
  void sectionEnded(const Catch::SectionStats &section) override {
    if (--depth_ == 0) {
      const std::string left = test_.end();
      if (!left.empty()) FAIL_CHECK(left);
    }
    CatchListenerBase::sectionEnded(section);
  }

 private:
  std::string name_;
  unsigned depth_ = 0;
  WatchedTest test_;
};

}  // namespace lifeguard

using LifeguardCatchListener = lifeguard::CatchListener;
CATCH_REGISTER_LISTENER(LifeguardCatchListener)

#define LIFEGUARD_CATCH_MAIN                                                        \
  int main(int count, char **arguments) {                                           \
    Catch::Session session;                                                         \
    int status = session.applyCommandLine(count, arguments);                        \
    lifeguard::Rounds &rounds = lifeguard::rounds();                                \
    for (rounds.now = 1; status == 0 && rounds.now <= rounds.all; ++rounds.now)     \
      status = session.run();                                                       \
    return status;                                                                  \
  }

#endif
