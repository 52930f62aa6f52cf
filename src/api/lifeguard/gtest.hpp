// A listener for GoogleTest that fails a test by name when it leaks: include this in one file of the test program.
//
// With --gtest_repeat=N, or LIFEGUARD_REPEAT=N (`lifeguard check --repeat-to-settle N`, which sets GTEST_REPEAT as
// well), only what the last round leaks fails, so that what is made once on first use does not.
#ifndef LIFEGUARD_GTEST_HPP
#define LIFEGUARD_GTEST_HPP

#include <gtest/gtest.h>

#include <string>

#include "lifeguard/rounds.hpp"

namespace lifeguard {

class GoogleTestListener : public testing::EmptyTestEventListener {
 public:
  void OnTestIterationStart(const testing::UnitTest &, int iteration) override {
    const int all = testing::GTEST_FLAG(repeat);
    rounds().all = all > 1 ? static_cast<unsigned>(all) : 1;
    rounds().now = static_cast<unsigned>(iteration) + 1;
  }
  void OnTestStart(const testing::TestInfo &test) override {
    test_.begin(std::string(test.test_suite_name()) + "." + test.name());
  }
  // Before the printer's, since listeners end in the opposite order.
  void OnTestEnd(const testing::TestInfo &) override {
    const std::string left = test_.end();
    if (!left.empty()) ADD_FAILURE() << left;
  }

 private:
  WatchedTest test_;
};

// The framework owns it from here on.
inline const bool listens_to_google_test = [] {
  testing::UnitTest::GetInstance()->listeners().Append(new GoogleTestListener);
  return true;
}();

}  // namespace lifeguard

#endif
