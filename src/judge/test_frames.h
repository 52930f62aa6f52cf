// Where the code under test ends and the test begins, on the stacks of programs that a test framework runs: a finding
// is of the code under test, whichever of the tests came by it.
#pragma once

#include <cstddef>
#include <string>

#include "src/report/model.h"

namespace lifeguard::judge {

// How many of the stack's frames, from the innermost on, lie inside of the function that a framework called as a test:
// what Catch2 and GoogleTest generate of a test, and Python's functions called test... by unittest or pytest. What is
// written within a test (its lambdas, its local classes) is the test. All of them where no such function is there, and
// where no own code is inside of it: then the test itself is what the finding is of.
size_t frames_below_test(const report::Stack& stack);

// The test's function, as the stack names it; empty where none is there.
std::string test_of(const report::Stack& stack);

}  // namespace lifeguard::judge
