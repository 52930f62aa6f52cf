#include "src/render/tree.h"

#include <algorithm>
#include <map>

namespace lifeguard::render {
namespace {

using report::Process;

constexpr size_t none = static_cast<size_t>(-1);

class Tree {
 public:
  explicit Tree(const report::Run& run) : processes_(run.processes), below_(processes_.size()) {
    for (size_t i = 0; i < processes_.size(); ++i) by_pid_[processes_[i].pid].push_back(i);
    for (auto& [pid, images] : by_pid_)
      std::stable_sort(images.begin(), images.end(), [this](size_t a, size_t b) { return earlier(a, b); });
    std::vector<size_t> edge;
    for (size_t i = 0; i < processes_.size(); ++i) {
      const size_t parent = parent_of(i);
      (parent == none ? edge : below_[parent]).push_back(i);
    }
    for (size_t at : edge) place(at, 0);
  }

  std::vector<Branch> branches;

 private:
  bool earlier(size_t a, size_t b) const {
    return std::pair(processes_[a].began, processes_[a].image) < std::pair(processes_[b].began, processes_[b].image);
  }

  // A later image hangs where the first one does. Only what began before can be a parent, so there are no circles; a
  // pid may have had several lives, and then the latest before counts.
  size_t parent_of(size_t child) const {
    const Process& process = processes_[child];
    size_t from = child;
    for (size_t image : by_pid_.at(process.pid))
      if (processes_[image].start == process.start && processes_[image].image < processes_[from].image) from = image;
    const auto known = by_pid_.find(processes_[from].ppid);
    if (known == by_pid_.end() || processes_[from].ppid == process.pid) return none;
    size_t parent = none;
    for (size_t candidate : known->second)
      if (earlier(candidate, from)) parent = candidate;
    return parent;
  }

  void place(size_t at, unsigned depth) {
    // A chain of forks can be longer than a stack is deep.
    std::vector<Branch> open{{at, depth}};
    while (!open.empty()) {
      const Branch now = open.back();
      open.pop_back();
      branches.push_back(now);
      auto& children = below_[now.process];
      std::stable_sort(children.begin(), children.end(), [this](size_t a, size_t b) {
        return std::pair(first_began(a), processes_[a].image) < std::pair(first_began(b), processes_[b].image);
      });
      for (auto child = children.rbegin(); child != children.rend(); ++child) open.push_back({*child, now.depth + 1});
    }
  }

  // So that the images of one process stay together.
  report::Time first_began(size_t at) const {
    report::Time began = processes_[at].began;
    for (size_t image : by_pid_.at(processes_[at].pid))
      if (processes_[image].start == processes_[at].start) began = std::min(began, processes_[image].began);
    return began;
  }

  const std::vector<Process>& processes_;
  std::map<int, std::vector<size_t>> by_pid_;
  std::vector<std::vector<size_t>> below_;
};

}  // namespace

std::vector<Branch> tree_of(const report::Run& run) { return Tree(run).branches; }

}  // namespace lifeguard::render
