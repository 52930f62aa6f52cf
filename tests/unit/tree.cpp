#include "src/render/tree.h"

#include <catch2/catch.hpp>

using namespace lifeguard;

namespace {

report::Process process(int pid, int ppid, report::Time began, uint32_t image = 1) {
  report::Process one;
  one.pid = pid;
  one.ppid = ppid;
  one.image = image;
  one.start = static_cast<uint64_t>(pid);
  one.began = began;
  return one;
}

std::string drawn(std::vector<report::Process> processes) {
  report::Run run;
  run.processes = std::move(processes);
  std::string lines;
  for (const render::Branch& branch : render::tree_of(run))
    lines += std::string(branch.depth, '-') + run.processes[branch.process].id() + ' ';
  return lines;
}

}  // namespace

TEST_CASE("Children stand below their parents in the order they began") {
  CHECK(drawn({process(1, 0, 1), process(9, 1, 2), process(5, 1, 3), process(7, 9, 4)}) == "1.1 -9.1 --7.1 -5.1 ");
}

TEST_CASE("Images of one process stand together, each with what it started") {
  CHECK(drawn({process(1, 0, 1), process(2, 1, 2), process(3, 2, 3), process(4, 1, 4), process(2, 1, 5, 2),
               process(6, 2, 6)}) == "1.1 -2.1 --3.1 -2.2 --6.1 -4.1 ");
}

TEST_CASE("Processes whose parents are not known, or that claim each other as parents, are shown all the same") {
  CHECK(drawn({process(1, 50, 1), process(2, 60, 2)}) == "1.1 2.1 ");
  CHECK(drawn({process(1, 2, 1), process(2, 1, 1), process(3, 3, 1)}).size() >= 12);
}
